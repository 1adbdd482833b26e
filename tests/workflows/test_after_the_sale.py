"""Refunds that do not go through at once, money that comes too late, and changes nobody waits for."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.worker import Interceptor

from activities.messages import Actor
from activities.payment_messages import RefundState
from api.engine import Engine
from db.tables import Order, OrderCommand, Payment
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.faults import AnswerOnce
from tests.workflows.shop import VENDOR, Shop
from workflows.messages import (
    PAYMENT_CHANGED,
    AfterSale,
    Cancellation,
    OrderInput,
    OrderMoved,
    OrderPolicy,
    OrderResult,
    PaymentNotice,
    StatusChange,
    after_sale_id,
)
from workflows.visibility import NEEDS_ATTENTION


async def paid_order(shop: Shop, stripe: SandboxProcess, payment_method: str = "pm_card_visa") -> OrderInput:
    given = await shop.claim()
    await shop.place(given)
    await stripe.confirm(str((await shop.order(given)).payment_reference), payment_method)
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given


async def cancel(shop: Shop, given: OrderInput) -> None:
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)


async def result(shop: Shop, workflow_id: str) -> OrderResult:
    handle = shop.client.get_workflow_handle(workflow_id, result_type=OrderResult)
    ended: OrderResult = await handle.result()
    return ended


async def kinds(mailbox: MailboxProcess) -> Sequence[str]:
    return [mail["message_id"].split("@")[0].split(".", 1)[1] for mail in await mailbox.messages()]


async def test_pending_refund_is_asked_for_until_it_succeeds(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid_order(shop, stripe_sandbox, "pm_card_pendingRefund")
    await cancel(shop, given)
    assert await result(shop, given.order_number) == OrderResult("cancelled", "cancelled", "refunded")
    order = await shop.order(given)
    assert await shop.refunds(given) == [("succeeded", order.total_amount)]


class TestFailedRefund:
    @pytest.fixture
    def interceptors(self) -> list[Interceptor]:
        return [AnswerOnce("refund_payment", RefundState(None, "failed", "expired_or_canceled_card"))]

    async def test_refund_that_fails_waits_for_an_operator(
        self, shop: Shop, stripe_sandbox: SandboxProcess
    ) -> None:
        given = await paid_order(shop, stripe_sandbox)
        await cancel(shop, given)
        order = await eventually(lambda: shop.order(given), lambda order: order.refund_pending_amount == 0)
        assert (order.payment_status, order.refunded_amount) == ("paid", Decimal(0))

        async def attention() -> bool | None:
            described = await shop.handle(given).describe()
            return described.typed_search_attributes.get(NEEDS_ATTENTION)

        await eventually(attention, bool)
        await shop.handle(given).execute_update("retry_refund")
        assert await result(shop, given.order_number) == OrderResult("cancelled", "cancelled", "refunded")
        assert await shop.refunds(given) == [("succeeded", order.total_amount)]
        assert await attention() is False


async def hear_after_the_end(shop: Shop, given: OrderInput, event_id: str) -> None:
    """Tell an ended order's follower something, as the webhook does."""
    notice = PaymentNotice(event_id, "payment_intent.succeeded")
    after_sale = AfterSale(shop.vendor.id, shop.vendor.vendor_code, given.order_number)
    await Engine(shop.settings, client=shop.client).signal_after_sale(after_sale, PAYMENT_CHANGED, notice)


async def paid_too_late(shop: Shop, stripe_sandbox: SandboxProcess) -> OrderInput:
    """An order that ran out of time and was cancelled, and for which money comes in after all."""
    given = await shop.claim(policy=OrderPolicy(payment_window=1, poll_first=0.3))
    await shop.place(given)
    await result(shop, given.order_number)
    order = await shop.order(given)
    form = {
        "amount": str(int(order.total_amount * 100)),
        "currency": "eur",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "confirm": "true",
        "payment_method": "pm_card_visa",
    }
    late = (await stripe_sandbox.post("/v1/payment_intents", form)).json()
    async with shop.database.vendor(shop.vendor.id) as session:
        await session.execute(update(Order).values(payment_reference=late["id"]))
        await session.execute(update(Payment).values(provider_reference=late["id"]))
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    return given


async def test_late_payment_of_a_cancelled_order_goes_back(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid_too_late(shop, stripe_sandbox)
    await hear_after_the_end(shop, given, "evt_late")
    ended = await result(shop, after_sale_id(given.order_number))
    assert ended == OrderResult("settled", "cancelled", "refunded")
    assert await shop.refunds(given) == [("succeeded", (await shop.order(given)).total_amount)]


async def test_late_payment_that_is_heard_of_again_and_again_goes_back_once(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await paid_too_late(shop, stripe_sandbox)
    for event_id in ("evt_late", "evt_late", "evt_later"):
        await hear_after_the_end(shop, given, event_id)
    ended = await result(shop, after_sale_id(given.order_number))
    assert ended == OrderResult("settled", "cancelled", "refunded")
    await hear_after_the_end(shop, given, "evt_much_later")
    await result(shop, after_sale_id(given.order_number))
    order = await shop.order(given)
    assert (order.status, order.payment_status) == ("cancelled", "refunded")
    assert await shop.refunds(given) == [("succeeded", order.total_amount)]
    assert (await shop.totals())[0] == 0
    refunds_told = [kind for kind in await kinds(mailbox) if kind.startswith("refund_issued")]
    assert len(refunds_told) == 1


async def test_status_change_by_signal_is_applied_or_its_refusal_kept(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid_order(shop, stripe_sandbox)
    order = await shop.order(given)
    commands = [
        OrderCommand(
            vendor_id=shop.vendor.id,
            order_id=order.id,
            kind="status",
            actor_type="vendor",
            actor_id=1,
            idempotency_key=status,
            request_hash="-",
            body={"notes": f"on to {status}"},
        )
        for status in ("delivered", "processing")
    ]
    async with shop.database.vendor(shop.vendor.id) as session:
        session.add_all(commands)
    for command in commands:
        change = StatusChange(command.idempotency_key, VENDOR, command.id)
        await shop.handle(given).signal("change_status_later", change)
    await eventually(lambda: shop.order(given), lambda order: order.status == "processing")

    async def outcomes() -> list[Any]:
        async with shop.database.reading(shop.vendor.id) as session:
            return [(await session.get_one(OrderCommand, command.id)).outcome for command in commands]

    refused, applied = await eventually(outcomes, lambda found: None not in found)
    assert refused["code"] == "transition_not_allowed"
    assert applied == {"applied": True}
