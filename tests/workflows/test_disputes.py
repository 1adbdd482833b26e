"""Disputes, and refunds made at Stripe: while the order's workflow runs, and after it has ended."""

from datetime import UTC
from decimal import Decimal

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.messages import Actor
from api.engine import Engine
from domain.errors import RefundExceedsRemaining
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.payments import (
    control,
    details,
    disputes,
    event_data,
    kinds,
    mails,
    needs_attention,
    reference_of,
    tell_of_reversal,
)
from tests.workflows.shop import Shop
from tests.workflows.test_refunds import HURRIED, PATIENT, delivered_order, refund
from workflows.messages import (
    PAYMENT_REVERSED,
    AfterSale,
    Cancellation,
    OrderInput,
    OrderMoved,
    OrderResult,
    PaymentNotice,
    after_sale_id,
)


async def dispute(
    shop: Shop, stripe: SandboxProcess, given: OrderInput, *, amount: int | None = None, inquiry: bool = False
) -> str:
    """The customer disputes the payment at their bank; answers Stripe's reference."""
    body = {"reason": "product_not_received", "inquiry": inquiry} | ({"amount": amount} if amount else {})
    path = f"payment_intents/{await reference_of(shop, given)}/dispute"
    return str((await control(stripe, path, **body))["id"])


async def decide(stripe: SandboxProcess, reference: str, outcome: str) -> None:
    await control(stripe, f"disputes/{reference}/decide", outcome=outcome)


async def refund_at_stripe(
    shop: Shop, stripe: SandboxProcess, given: OrderInput, amount: int | None = None
) -> str:
    """Somebody refunds in Stripe's dashboard."""
    form = {"payment_intent": await reference_of(shop, given)} | ({"amount": str(amount)} if amount else {})
    answer = await stripe.post("/v1/refunds", form)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def hear_after_the_end(shop: Shop, given: OrderInput) -> None:
    after_sale = AfterSale(shop.vendor.id, shop.vendor.vendor_code, given.order_number)
    notice = PaymentNotice("evt_late", "charge.dispute.created")
    await Engine(shop.settings, client=shop.client).signal_after_sale(after_sale, PAYMENT_REVERSED, notice)


async def test_dispute_is_recorded_told_and_won(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    handle = shop.handle(given)
    reference = await dispute(shop, stripe_sandbox, given)
    for _ in range(3):
        await tell_of_reversal(shop, given)
    await eventually(lambda: mails(shop, given), lambda sent: f"vendor_dispute_opened:{reference}" in sent)
    [opened] = await disputes(shop, given)
    order = await shop.order(given)
    assert (opened.status, opened.outcome, opened.amount) == ("needs_response", None, order.total_amount)
    assert (order.payment_status, order.disputed_amount) == ("paid", order.total_amount)
    assert await needs_attention(handle)
    assert opened.evidence_due_by is not None
    due = f"{opened.evidence_due_by.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    assert f"evidence about the dispute {reference} until {due}" in await details(handle)
    [told] = [mail for mail in await mailbox.messages() if "dispute" in mail["message_id"]]
    assert due in told["text"]

    await stripe_sandbox.post(f"/v1/disputes/{reference}", {"evidence[uncategorized_text]": "Here it is."})
    await tell_of_reversal(shop, given)
    await eventually(lambda: needs_attention(handle), lambda needed: not needed)
    await decide(stripe_sandbox, reference, "won")
    await tell_of_reversal(shop, given)
    await eventually(lambda: mails(shop, given), lambda sent: sent[-1].endswith(f"{reference}:won"))
    order = await shop.order(given)
    assert (order.payment_status, order.disputed_amount) == ("paid", Decimal(0))
    assert (await kinds(shop, given))[-3:] == ["dispute.opened", "dispute.updated", "dispute.won"]
    assert await shop.totals() == (1, order.total_amount)
    assert await refund(shop, given, amount="5.00") == Decimal("5.00")


async def test_open_dispute_leaves_less_to_refund_and_a_lost_one_too(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    total = (await shop.order(given)).total_amount
    reference = await dispute(shop, stripe_sandbox, given, amount=int(total * 100) - 700)
    await tell_of_reversal(shop, given)
    await eventually(lambda: disputes(shop, given), bool)
    for outcome in (None, "lost"):
        if outcome is not None:
            await decide(stripe_sandbox, reference, outcome)
            await tell_of_reversal(shop, given)
            await eventually(
                lambda: shop.order(given), lambda order: order.payment_status == "partially_refunded"
            )
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await refund(shop, given, amount="7.01")
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == RefundExceedsRemaining.code
        assert refused.value.cause.details[0]["refundable_amount"] == "7.00"
    order = await shop.order(given)
    assert (order.charged_back_amount, order.refunded_amount) == (total - 7, Decimal(0))
    assert await shop.totals() == (1, Decimal("7.00"))
    assert (await event_data(shop, given, "dispute.lost"))["dispute"] == reference


async def test_inquiry_takes_nothing_and_is_closed(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    reference = await dispute(shop, stripe_sandbox, given, inquiry=True)
    await tell_of_reversal(shop, given)
    await eventually(lambda: needs_attention(shop.handle(given)), bool)
    assert (await shop.order(given)).disputed_amount == 0
    await decide(stripe_sandbox, reference, "warning_closed")
    await tell_of_reversal(shop, given)
    [closed] = await eventually(lambda: disputes(shop, given), lambda found: found[0].outcome is not None)
    assert (closed.outcome, closed.status) == ("won", "warning_closed")
    await eventually(lambda: needs_attention(shop.handle(given)), lambda needed: not needed)


async def test_dispute_after_the_end_is_followed_until_it_is_lost(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, HURRIED)
    await shop.handle(given).result()
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    follower = shop.client.get_workflow_handle(after_sale_id(given.order_number), result_type=OrderResult)
    reference = await dispute(shop, stripe_sandbox, given)
    await hear_after_the_end(shop, given)
    await eventually(lambda: disputes(shop, given), bool)
    await eventually(lambda: needs_attention(follower), bool)
    await decide(stripe_sandbox, reference, "lost")
    await hear_after_the_end(shop, given)
    assert await follower.result() == OrderResult("settled", "delivered", "refunded")
    assert not await needs_attention(follower)
    assert (await kinds(shop, given))[-3:] == ["order.completed", "dispute.opened", "dispute.lost"]
    assert [key for key in await mails(shop, given) if "dispute" in key] == [
        f"vendor_dispute_opened:{reference}",
        f"vendor_dispute_closed:{reference}:lost",
    ]


async def test_debit_that_is_charged_back_at_once_is_opened_and_lost(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    reference = await dispute(shop, stripe_sandbox, given)
    await decide(stripe_sandbox, reference, "lost")
    await tell_of_reversal(shop, given)
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "refunded")
    assert order.charged_back_amount == order.total_amount
    assert (await kinds(shop, given))[-2:] == ["dispute.opened", "dispute.lost"]
    await eventually(
        lambda: mails(shop, given), lambda sent: sent[-1] == f"vendor_dispute_closed:{reference}:lost"
    )
    assert f"vendor_dispute_opened:{reference}" not in await mails(shop, given)


async def test_order_cancelled_during_a_dispute_is_refunded_once_it_is_won(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await shop.claim()
    await shop.place(given)
    await stripe_sandbox.confirm(await reference_of(shop, given))
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    reference = await dispute(shop, stripe_sandbox, given)
    await tell_of_reversal(shop, given)
    await eventually(lambda: disputes(shop, given), bool)
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)
    assert await shop.refunds(given) == []
    assert "the bank to decide the dispute" in await eventually(
        lambda: details(shop.handle(given)), lambda shown: "to decide" in shown
    )
    await decide(stripe_sandbox, reference, "won")
    await tell_of_reversal(shop, given)
    handle = shop.client.get_workflow_handle(given.order_number, result_type=OrderResult)
    assert await handle.result() == OrderResult("cancelled", "cancelled", "refunded")
    assert await shop.refunds(given) == [("succeeded", (await shop.order(given)).total_amount)]
    assert await shop.totals() == (0, Decimal(0))


async def test_refund_made_at_stripe_is_booked_and_never_sent_again(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    total = (await shop.order(given)).total_amount
    reference = await refund_at_stripe(shop, stripe_sandbox, given, 900)
    for _ in range(3):
        await tell_of_reversal(shop, given)
    order = await eventually(lambda: shop.order(given), lambda order: order.refunded_amount > 0)
    assert (order.payment_status, order.refunded_amount) == ("partially_refunded", Decimal("9.00"))
    assert await shop.totals() == (1, total - 9)
    key = f"{given.order_number}:stripe:{reference}"
    await eventually(lambda: mails(shop, given), lambda sent: sent[-1] == f"refund_issued:{key}")
    assert (await event_data(shop, given, "refund.succeeded"))["refund_key"] == key
    assert await refund(shop, given) == total - 9
    await eventually(lambda: shop.order(given), lambda order: order.payment_status == "refunded")
    assert await shop.refunds(given) == [("succeeded", Decimal("9.00")), ("succeeded", total - 9)]


async def test_refund_made_at_stripe_after_the_end_is_booked(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, HURRIED)
    await shop.handle(given).result()
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    await refund_at_stripe(shop, stripe_sandbox, given)
    await hear_after_the_end(shop, given)
    follower = shop.client.get_workflow_handle(after_sale_id(given.order_number), result_type=OrderResult)
    assert await follower.result() == OrderResult("settled", "delivered", "refunded")
    await hear_after_the_end(shop, given)
    assert await follower.result() == OrderResult("settled", "delivered", "refunded")
    assert await shop.refunds(given) == [("succeeded", (await shop.order(given)).total_amount)]


async def test_refund_that_stripe_refuses_gives_way_to_the_one_made_there(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    """Vendor and platform refund everything at the same time, and nobody told the order of the latter."""
    given = await delivered_order(shop, stripe_sandbox, PATIENT)
    total = (await shop.order(given)).total_amount
    await refund_at_stripe(shop, stripe_sandbox, given)
    await refund(shop, given)
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "refunded")
    assert (order.refunded_amount, order.refund_pending_amount) == (total, Decimal(0))
    assert await shop.refunds(given) == [("failed", total), ("succeeded", total)]
    await eventually(lambda: needs_attention(shop.handle(given)), lambda needed: not needed)
    assert (await kinds(shop, given))[-3:] == ["refund.requested", "refund.failed", "refund.succeeded"]
