"""Refunds that a vendor asks for: by amount, by piece, all that is left, and after the order ended."""

import itertools
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from api.engine import Engine
from db.tables import InventoryMovement, OrderCommand, OrderItem
from domain.errors import RefundExceedsRemaining, TransitionNotAllowed
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.shop import VENDOR, Shop
from workflows.messages import (
    REFUND,
    AfterSale,
    OrderInput,
    OrderPolicy,
    RefundRequest,
    RefundRequested,
    after_sale_id,
)

_keys = itertools.count(1)
PATIENT = OrderPolicy(return_window=2_592_000, poll_first=0.2, poll_most=1.0)
HURRIED = OrderPolicy(return_window=1, poll_first=0.2, poll_most=1.0)


async def ask(shop: Shop, given: OrderInput, **body: Any) -> RefundRequest:  # noqa: ANN401 -- a request's body
    order = await shop.order(given)
    command = OrderCommand(
        vendor_id=shop.vendor.id,
        order_id=order.id,
        kind="refund",
        actor_type="vendor",
        actor_id=1,
        idempotency_key=f"refund-{next(_keys)}",
        request_hash="-",
        body={"amount": None, "items": [], "reason": "as agreed", "restock": False} | body,
    )
    async with shop.database.vendor(shop.vendor.id) as session:
        session.add(command)
    return RefundRequest(VENDOR, command.id)


async def refund(shop: Shop, given: OrderInput, **body: Any) -> Decimal:  # noqa: ANN401 -- a request's body
    request = await ask(shop, given, **body)
    noted: RefundRequested = await shop.handle(given).execute_update(
        REFUND, request, result_type=RefundRequested
    )
    return noted.amount


async def delivered_order(
    shop: Shop, stripe: SandboxProcess, policy: OrderPolicy = PATIENT, payment_method: str = "pm_card_visa"
) -> OrderInput:
    given = await shop.claim(policy=policy)
    await shop.place(given)
    await stripe.confirm(str((await shop.order(given)).payment_reference), payment_method)
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    for status in ("shipped", "delivered"):
        await shop.change(given, status)
    return given


async def item_of(shop: Shop, given: OrderInput, product_id: int) -> OrderItem:
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(OrderItem).where(
            OrderItem.order_id == order.id, OrderItem.product_id == product_id
        )
        return (await session.scalars(statement)).one()


async def test_partial_refund_then_all_that_is_left(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await delivered_order(shop, stripe_sandbox)
    assert await refund(shop, given, amount="10.00") == Decimal("10.00")
    order = await eventually(
        lambda: shop.order(given), lambda order: order.payment_status == "partially_refunded"
    )
    assert order.refunded_amount == Decimal("10.00")
    assert await shop.totals() == (1, order.total_amount - 10)
    assert await refund(shop, given) == order.total_amount - 10
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "refunded")
    assert order.refunded_amount == order.paid_amount
    intent = await stripe_sandbox.intent(str(order.payment_reference))
    assert intent["amount_received"] == int(order.refunded_amount * 100)


async def test_shipping_refunded_in_place_of_a_failed_refund_is_not_sent_again(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    """The failed refund is given up when an operator asks for it, instead of being tried without end."""
    given = await delivered_order(shop, stripe_sandbox)
    reference = str((await shop.order(given)).payment_reference)
    await stripe_sandbox.faults(
        "POST", f"/_sandbox/payment_intents/{reference}/refunds", {"outcome": "fails_at_once"}
    )
    assert await refund(shop, given, shipping=True) == Decimal("5.90")
    await eventually(lambda: shop.refunds(given), lambda rows: rows == [("failed", Decimal("5.90"))])
    await stripe_sandbox.faults(
        "POST", f"/_sandbox/payment_intents/{reference}/refunds", {"outcome": "succeeds"}
    )
    assert await refund(shop, given, shipping=True) == Decimal("5.90")

    await shop.handle(given).execute_update("retry_refund")

    await eventually(
        lambda: shop.refunds(given),
        lambda rows: rows == [("failed", Decimal("5.90")), ("succeeded", Decimal("5.90"))],
    )


async def test_more_than_what_is_left_is_refused(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await delivered_order(shop, stripe_sandbox)
    total = (await shop.order(given)).total_amount
    await refund(shop, given, amount=str(total - 1))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await refund(shop, given, amount="1.01")
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == RefundExceedsRemaining.code
    assert cause.details[0]["refundable_amount"] == "1.00"


async def test_pieces_are_worth_their_line_and_go_back_on_the_shelf(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox)
    item = await item_of(shop, given, shop.mug.id)
    gross = item.total_price + item.tax_amount
    one = [{"order_item_id": item.id, "quantity": 1}]
    first = await refund(shop, given, items=one, restock=True)
    second = await refund(shop, given, items=one)
    assert first + second == gross
    with pytest.raises(WorkflowUpdateFailedError):
        await refund(shop, given, items=one)
    assert await shop.stock(shop.mug) == (9, 0)
    async with shop.database.reading(shop.vendor.id) as session:
        returned = select(InventoryMovement).where(InventoryMovement.movement_type == "returned")
        assert len((await session.scalars(returned)).all()) == 1


async def test_unpaid_order_has_nothing_to_refund(shop: Shop) -> None:
    given = await shop.claim()
    await shop.place(given)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await refund(shop, given)
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == TransitionNotAllowed.code


async def test_refund_after_the_return_window_still_works(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await delivered_order(shop, stripe_sandbox, HURRIED)
    await shop.handle(given).result()
    engine = Engine(shop.settings, client=shop.client)
    after_sale = AfterSale(shop.vendor.id, shop.vendor.vendor_code, given.order_number)
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    for number in (1, 2):
        request = await ask(shop, given, amount="5.00")
        noted = await engine.update_after_sale(
            after_sale, REFUND, request, update_id=f"refund-{request.command_id}", answer=RefundRequested
        )
        assert noted.refund_key.endswith(f":refund:{number}")
    order = await eventually(
        lambda: shop.order(given), lambda order: order.refunded_amount == Decimal("10.00")
    )
    assert order.payment_status == "partially_refunded"
    kinds = [kind for _, kind in await shop.events(given)]
    assert kinds[-4:].count("refund.requested") == kinds[-4:].count("refund.succeeded") == 2


async def test_refund_that_the_bank_returns_raises_attention_and_is_sent_again(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, payment_method="pm_card_refundFail")
    await refund(shop, given, amount="7.00")
    await eventually(lambda: shop.refunds(given), lambda found: found == [("succeeded", Decimal("7.00"))])

    async def failed() -> list[tuple[str, Decimal]]:
        # The webhook would say so; here nothing listens for webhooks.
        await shop.handle(given).signal("payment_changed", {"event_id": "evt", "event_type": "refund.failed"})
        return await shop.refunds(given)

    await eventually(failed, lambda found: found == [("failed", Decimal("7.00"))])
    order = await shop.order(given)
    assert (order.payment_status, order.refunded_amount) == ("paid", Decimal(0))
    await shop.handle(given).execute_update("retry_refund")
    await eventually(lambda: shop.refunds(given), lambda found: found == [("succeeded", Decimal("7.00"))])
