"""Payments that a bank takes days for, and PaymentIntents that somebody cancels at Stripe."""

from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities.messages import Actor
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.payments import (
    debit,
    details,
    kinds,
    mails,
    needs_attention,
    payment,
    reference_of,
    settle,
    tell,
    timers,
)
from tests.workflows.shop import QUICK, Shop
from workflows.messages import Cancellation, OrderInput, OrderMoved, OrderPolicy, OrderResult

SHORT = OrderPolicy(payment_window=4, poll_first=0.2, poll_most=1.0)
HURRIED = OrderPolicy(poll_first=60, processing_window=1)


async def debited_order(
    shop: Shop, stripe: SandboxProcess, policy: OrderPolicy = QUICK, account: str = "pm_successDelayed_de"
) -> OrderInput:
    """An order whose debit the bank has begun."""
    given = await shop.claim(policy=policy)
    await shop.place(given)
    await debit(stripe, await reference_of(shop, given), account)
    await tell(shop, given)
    await eventually(lambda: kinds(shop, given), lambda found: found[-1] == "payment.processing")
    return given


async def test_debit_outlives_the_payment_window_and_pays(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await debited_order(shop, stripe_sandbox, SHORT)
    reference = await reference_of(shop, given)
    order = await shop.order(given)
    assert (order.status, order.payment_status) == ("pending", "pending")
    assert (await payment(shop, given)).status == "processing"
    assert order.payment_expires_at is not None
    closes = order.payment_expires_at
    await eventually(now, lambda moment: moment > closes)
    await tell(shop, given)
    assert "waits for: the bank to finish the payment" in await details(shop.handle(given))
    assert (await stripe_sandbox.intent(reference))["status"] == "processing"
    assert "ask Stripe about the bank's payment" in await timers(shop.handle(given))

    await settle(stripe_sandbox, reference, "succeed")
    order = await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    assert (order.payment_status, order.paid_amount) == ("paid", order.total_amount)
    assert not await needs_attention(shop.handle(given))


async def now() -> datetime:
    return datetime.now(UTC)


async def test_window_that_closes_over_an_unknown_debit_spares_it(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    """Nobody told the order that the customer has paid by debit: it asks before it gives up."""
    given = await shop.claim(policy=OrderPolicy(payment_window=2, poll_first=60))
    await shop.place(given)
    reference = await reference_of(shop, given)
    await debit(stripe_sandbox, reference)
    await eventually(lambda: kinds(shop, given), lambda found: found[-1] == "payment.processing")
    assert (await stripe_sandbox.intent(reference))["status"] == "processing"
    await settle(stripe_sandbox, reference, "succeed")
    await tell(shop, given)
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")


async def test_failed_debit_opens_a_new_window_and_is_mailed(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    policy = OrderPolicy(payment_window=3, poll_first=0.2, poll_most=1.0)
    given = await debited_order(shop, stripe_sandbox, policy)
    reference = await reference_of(shop, given)
    first = (await shop.order(given)).payment_expires_at
    assert first is not None
    await eventually(now, lambda moment: moment > first)
    await settle(stripe_sandbox, reference, "fail")
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "failed")
    assert order.payment_expires_at is not None
    assert (order.payment_expires_at - first).total_seconds() > 2
    assert "waits for: the customer to pay" in await details(shop.handle(given))
    await eventually(lambda: mails(shop, given), lambda sent: "payment_failed-1" in sent)

    (await stripe_sandbox.confirm(reference)).raise_for_status()
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    assert (await mails(shop, given)).count("payment_failed-1") == 1


async def test_failed_debit_within_the_window_leaves_it_as_it_was(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await debited_order(shop, stripe_sandbox)
    before = (await shop.order(given)).payment_expires_at
    await settle(stripe_sandbox, await reference_of(shop, given), "fail")
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "failed")
    assert order.payment_expires_at == before
    await debit(stripe_sandbox, await reference_of(shop, given))
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "pending")
    assert (await kinds(shop, given))[-2:] == ["payment.failed", "payment.processing"]


async def test_bank_that_is_late_needs_attention_and_is_still_asked(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await debited_order(shop, stripe_sandbox, HURRIED)
    handle = shop.handle(given)
    await eventually(lambda: needs_attention(handle), bool)
    assert "needs attention**: the bank has not finished the payment in time" in await details(handle)
    assert "time for the bank to finish the payment" in await timers(handle)
    await settle(stripe_sandbox, await reference_of(shop, given), "succeed")
    await tell(shop, given)
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    await eventually(lambda: needs_attention(handle), lambda needed: not needed)


async def test_customer_may_take_a_debit_back_until_it_is_with_the_bank(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await debited_order(shop, stripe_sandbox)
    await settle(stripe_sandbox, await reference_of(shop, given), "submit")
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    with pytest.raises(WorkflowUpdateFailedError):
        await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)
    assert (await shop.order(given)).status == "pending"
    other = await debited_order(shop, stripe_sandbox)
    await shop.handle(other).execute_update("cancel", cancellation, result_type=OrderMoved)
    assert await shop.handle(other).result() is not None
    order = await shop.order(other)
    assert (order.status, order.payment_status) == ("cancelled", "voided")
    await settle(stripe_sandbox, await reference_of(shop, given), "succeed")
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")


async def test_payment_cancelled_at_stripe_cancels_the_order(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await shop.claim(policy=OrderPolicy(poll_first=60))
    await shop.place(given)
    reference = await reference_of(shop, given)
    (await stripe_sandbox.post(f"/v1/payment_intents/{reference}/cancel")).raise_for_status()
    await tell(shop, given)
    handle = shop.client.get_workflow_handle(given.order_number, result_type=OrderResult)
    assert await handle.result() == OrderResult("cancelled", "cancelled", "voided")
    order = await shop.order(given)
    assert order.cancel_reason == "payment_failed"
    assert await shop.stock(shop.mug) == (10, 0)
    assert await mails(shop, given) == ["order_cancelled"]
