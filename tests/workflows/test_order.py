"""The order's life against real PostgreSQL, Temporal, Stripe sandbox and mail server."""

from decimal import Decimal

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.messages import Actor
from domain.errors import InsufficientStock
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.shop import QUICK, Shop
from workflows.messages import Cancellation, OrderInput, OrderMoved, OrderPolicy, OrderResult


async def paid_order(shop: Shop, stripe: SandboxProcess) -> OrderInput:
    given = await shop.claim()
    await shop.place(given)
    order = await shop.order(given)
    await stripe.confirm(str(order.payment_reference))
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given


def refusal(error: WorkflowUpdateFailedError) -> str | None:
    assert isinstance(error.cause, ApplicationError)
    return error.cause.type


async def test_order_goes_from_placement_to_completed(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await shop.claim(policy=OrderPolicy(return_window=1, poll_first=0.2))
    placed = await shop.place(given)
    order = await shop.order(given)
    assert (order.id, order.status, order.payment_status) == (placed.order_id, "pending", "pending")
    assert order.total_amount == Decimal("109.80") + Decimal("5.90") - Decimal("21.00") + Decimal("15.10")
    assert await shop.stock(shop.mug) == (8, 2)

    await stripe_sandbox.confirm(str(order.payment_reference))
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    for status in ("processing", "shipped", "delivered"):
        moved = await shop.change(given, status)
        assert moved == OrderMoved(True, status, "paid")

    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("completed", "delivered", "paid")
    assert await shop.stock(shop.mug) == (8, 0)
    assert [kind for _, kind in await shop.events(given)] == [
        "order.placed",
        "payment.opened",
        "payment.succeeded",
        "order.confirmed",
        "order.processing",
        "order.shipped",
        "order.delivered",
        "order.completed",
    ]
    mails = [mail["message_id"] for mail in await mailbox.messages()]
    assert len(mails) == len(set(mails)) == 4


async def test_order_refuses_what_is_not_next(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await paid_order(shop, stripe_sandbox)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shop.change(given, "delivered")
    assert refusal(refused.value) == "transition_not_allowed"
    assert await shop.change(given, "confirmed") == OrderMoved(False, "confirmed", "paid")


async def test_placement_without_stock_is_refused_and_keeps_nothing(shop: Shop) -> None:
    given = await shop.claim([(shop.mug, 3), (shop.pot, 6)])
    with pytest.raises(InsufficientStock) as refused:
        await shop.place(given)
    assert refused.value.fields["product_id"] == shop.pot.id
    assert refused.value.fields["available_quantity"] == 5
    assert await shop.orders() == []
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((10, 0), (5, 0))
    assert (await shop.cart_of(given)).version == 2
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert (result.outcome, result.code) == ("refused", "insufficient_stock")


async def test_declined_customer_pays_the_same_order_on_the_second_try(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await shop.claim()
    await shop.place(given)
    reference = str((await shop.order(given)).payment_reference)
    assert (await stripe_sandbox.confirm(reference, "pm_card_chargeDeclined")).status_code == 402
    await eventually(lambda: shop.order(given), lambda order: order.payment_status == "failed")
    await eventually(
        mailbox.messages, lambda mails: any("payment_failed-1" in m["message_id"] for m in mails)
    )
    await stripe_sandbox.confirm(reference)
    order = await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    assert (order.payment_status, order.paid_amount) == ("paid", order.total_amount)
    assert await shop.totals() == (1, order.total_amount)


async def test_unpaid_order_expires_and_gives_its_stock_back(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await shop.claim(policy=OrderPolicy(payment_window=1, poll_first=0.3))
    await shop.place(given)
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "voided")
    order = await shop.order(given)
    assert order.cancel_reason == "expired"
    assert await shop.stock(shop.mug) == (10, 0)
    assert (await stripe_sandbox.intent(str(order.payment_reference)))["status"] == "canceled"


async def test_paid_order_is_refunded_when_the_customer_cancels(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid_order(shop, stripe_sandbox)
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    moved = await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)
    assert moved.status == "cancelled"
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "refunded")
    order = await shop.order(given)
    assert order.refunded_amount == order.paid_amount == order.total_amount
    assert await shop.refunds(given) == [("succeeded", order.total_amount)]
    assert await shop.totals() == (0, Decimal(0))
    assert await shop.stock(shop.pot) == (5, 0)


async def test_manual_order_is_paid_by_the_vendors_confirmation(shop: Shop) -> None:
    given = await shop.claim(payment_method="manual")
    placed = await shop.place(given)
    assert not placed.payment_opened
    assert await shop.change(given, "confirmed") == OrderMoved(True, "confirmed", "paid")
    order = await shop.order(given)
    assert (order.paid_amount, order.payment_reference) == (order.total_amount, None)


async def test_placed_manual_order_is_told_to_customer_and_shop(shop: Shop, mailbox: MailboxProcess) -> None:
    await shop.place(await shop.claim(payment_method="manual"))
    told = await eventually(mailbox.messages, lambda mails: len(mails) == 2)
    assert {mail["to"] for mail in told} == {shop.customer.email, shop.vendor.contact_email}


async def test_customer_may_not_cancel_what_is_being_processed(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid_order(shop, stripe_sandbox)
    await shop.change(given, "processing")
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)
    assert refusal(refused.value) == "transition_not_allowed"


async def test_operators_cancel_request_cancels_the_order_cleanly(shop: Shop) -> None:
    given = await shop.claim(policy=QUICK)
    await shop.place(given)
    await shop.handle(given).cancel()
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "voided")
    assert await shop.stock(shop.mug) == (10, 0)
