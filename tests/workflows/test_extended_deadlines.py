"""Deadlines that an operator puts off: the customer's, the vendor's, the bank's and the return window."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from temporalio.client import WorkflowHandle

from db.tables import OrderEvent
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.operating import confirmed_order, operate, operator_events, refused
from tests.workflows.payments import details, needs_attention
from tests.workflows.shop import Shop
from tests.workflows.test_refunds import delivered_order
from workflows.messages import OrderInput, OrderPolicy
from workflows.visibility import STAGE_DEADLINE


async def stage_deadline(handle: WorkflowHandle[Any, Any]) -> datetime | None:
    """Until when the order waits, as the list of workflows shows it."""
    return (await handle.describe()).typed_search_attributes.get(STAGE_DEADLINE)


async def happened_at(shop: Shop, given: OrderInput, kind: str) -> datetime:
    """When the order's only event of a kind was written."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(OrderEvent.created_at).where(
            OrderEvent.order_id == order.id, OrderEvent.type == kind
        )
        return (await session.scalars(statement)).one()


async def test_extended_payment_window_moves_what_the_customer_sees(shop: Shop) -> None:
    given = await shop.claim(policy=OrderPolicy(payment_window=2, poll_first=0.3, poll_most=0.5))
    await shop.place(given)
    before = (await shop.order(given)).payment_expires_at
    assert before is not None
    await operate(shop, given, "extend_deadline", seconds=2)
    until = (await shop.order(given)).payment_expires_at
    assert until == before + timedelta(seconds=2)
    await shop.handle(given).result()
    assert (await shop.order(given)).cancel_reason == "expired"
    assert await happened_at(shop, given, "order.cancelled") >= until
    assert await shop.stock(shop.mug) == (10, 0)
    [(_, data)] = await operator_events(shop, given)
    assert data["step"] == "payment"
    assert datetime.fromisoformat(data["until"]) == until


async def test_extended_window_of_a_manual_order_ends_later(shop: Shop) -> None:
    given = await shop.claim(payment_method="manual", policy=OrderPolicy(payment_window=2))
    await shop.place(given)
    await operate(shop, given, "extend_deadline", seconds=1)
    await operate(shop, given, "extend_deadline", seconds=1)
    until = (await shop.order(given)).payment_expires_at
    assert until is not None
    await shop.handle(given).result()
    assert await happened_at(shop, given, "order.cancelled") >= until
    assert [data["step"] for _, data in await operator_events(shop, given)] == ["confirmation"] * 2


async def test_vendor_that_is_late_gets_more_time_and_is_complained_about_again(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await confirmed_order(shop, stripe_sandbox, OrderPolicy(fulfilment_window=1, poll_first=0.2))
    handle = shop.handle(given)
    await eventually(lambda: needs_attention(handle), bool)
    await operate(shop, given, "extend_deadline", seconds=2)
    await eventually(lambda: needs_attention(handle), lambda needed: not needed)
    [(_, data)] = await operator_events(shop, given)
    until = datetime.fromisoformat(data["until"])
    assert await stage_deadline(handle) == until
    assert f"until: {until:%Y-%m-%d %H:%M:%S}" in await details(handle)
    await eventually(lambda: needs_attention(handle), bool)
    assert "past the deadline that an operator gave it" in await details(handle)
    await shop.change(given, "shipped")
    await operate(shop, given, "extend_deadline", seconds=86_400)
    steps = [data["step"] for _, data in await operator_events(shop, given)]
    assert steps == ["processing", "delivery"]
    assert (await shop.change(given, "delivered")).status == "delivered"


async def test_extended_return_window_completes_the_order_later(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, OrderPolicy(return_window=2, poll_first=0.2))
    await operate(shop, given, "extend_deadline", seconds=2)
    [(_, data)] = await operator_events(shop, given)
    until = datetime.fromisoformat(data["until"])
    too_early = {"until": (until - timedelta(seconds=1)).isoformat()}
    assert await refused(operate(shop, given, "extend_deadline", **too_early)) == "operator_request_invalid"
    await shop.handle(given).result()
    assert data["step"] == "return_window"
    assert await happened_at(shop, given, "order.completed") >= until
