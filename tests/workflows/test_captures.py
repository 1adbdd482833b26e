"""Orders whose amount is authorised with the order and captured when it ships."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities.messages import Actor
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.stripe_account import listed
from tests.waiting import eventually
from tests.workflows.payments import (
    control,
    event_data,
    kinds,
    mails,
    payment,
    reference_of,
    tell,
    timers,
)
from tests.workflows.shop import QUICK, Shop
from tests.workflows.test_order import refusal
from workflows.messages import Cancellation, OrderInput, OrderMoved, OrderResult

LATER = replace(QUICK, capture_method="on_shipment")


async def authorized_order(shop: Shop, stripe: SandboxProcess) -> OrderInput:
    """An order whose amount the bank holds."""
    given = await shop.claim(policy=LATER)
    await shop.place(given)
    (await stripe.confirm(await reference_of(shop, given))).raise_for_status()
    await eventually(lambda: shop.order(given), lambda order: order.status != "pending")
    return given


async def captures(stripe: SandboxProcess, reference: str) -> list[str]:
    """The events of the payment's captures."""
    events = await listed(stripe, "events", type="charge.captured")
    return [event["id"] for event in events if event["data"]["object"]["payment_intent"] == reference]


async def test_authorised_order_is_captured_when_it_ships(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    reference = await reference_of(shop, given)
    order = await shop.order(given)
    assert (order.status, order.payment_status, order.paid_amount) == ("confirmed", "pending", Decimal(0))
    held = await payment(shop, given)
    assert held.status == "requires_capture"
    assert held.capture_before is not None
    assert (await event_data(shop, given, "payment.authorized"))["at_expiry"] == "cancel"
    assert "time to warn the shop that the authorisation runs out" in await timers(shop.handle(given))
    assert await shop.totals() == (0, Decimal(0))

    assert await shop.change(given, "processing") == OrderMoved(True, "processing", "pending")
    assert (await stripe_sandbox.intent(reference))["amount_received"] == 0
    assert await shop.change(given, "shipped") == OrderMoved(True, "shipped", "paid")

    order = await shop.order(given)
    assert order.paid_amount == order.total_amount
    assert order.paid_at is not None
    assert await kinds(shop, given) == [
        "order.placed",
        "payment.opened",
        "payment.authorized",
        "order.confirmed",
        "order.processing",
        "payment.captured",
        "order.shipped",
    ]
    assert await shop.totals() == (1, order.total_amount)
    assert (await stripe_sandbox.intent(reference))["status"] == "succeeded"
    assert (await payment(shop, given)).status == "succeeded"
    sent = await eventually(lambda: mails(shop, given), lambda sent: "order_shipped" in sent)
    assert sent == ["order_confirmation", "vendor_new_order", "order_shipped"]


async def test_two_ship_requests_at_once_capture_once(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    moved = await asyncio.gather(*(shop.change(given, "shipped") for _ in range(3)))
    assert sorted(each.changed for each in moved) == [False, False, True]
    assert (await kinds(shop, given)).count("payment.captured") == 1
    assert len(await captures(stripe_sandbox, await reference_of(shop, given))) == 1


async def test_captured_order_is_refunded_like_any_other(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    """A capture made in Stripe's dashboard is booked; the cancelled order gives the money back."""
    given = await authorized_order(shop, stripe_sandbox)
    reference = await reference_of(shop, given)
    (await stripe_sandbox.post(f"/v1/payment_intents/{reference}/capture")).raise_for_status()
    await shop.handle(given).execute_update(
        "cancel", Cancellation("customer", Actor("customer", shop.customer.id)), result_type=OrderMoved
    )
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "refunded")
    order = await shop.order(given)
    assert await shop.refunds(given) == [("succeeded", order.total_amount)]
    assert (await kinds(shop, given))[4:6] == ["payment.captured", "order.cancelled"]


@pytest.mark.parametrize(("status", "actor"), [("confirmed", "customer"), ("processing", "vendor")])
async def test_cancelled_order_lets_go_of_the_amount(
    shop: Shop, stripe_sandbox: SandboxProcess, status: str, actor: str
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    if status == "processing":
        await shop.change(given, status)
    await shop.handle(given).execute_update(
        "cancel", Cancellation(actor, Actor(actor, 1)), result_type=OrderMoved
    )
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "voided")
    assert (await stripe_sandbox.intent(await reference_of(shop, given)))["status"] == "canceled"
    assert await shop.refunds(given) == []
    assert await shop.totals() == (0, Decimal(0))
    assert await shop.stock(shop.mug) == (10, 0)


async def test_authorisation_that_runs_out_at_stripe_cancels_the_order(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    await control(stripe_sandbox, f"payment_intents/{await reference_of(shop, given)}/expire")
    await tell(shop, given)
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "voided")
    assert (await shop.order(given)).cancel_reason == "expired"
    assert await shop.stock(shop.pot) == (5, 0)
    assert (await mails(shop, given))[2:] == ["order_cancelled", "vendor_order_cancelled"]


async def test_authorisation_cancelled_at_stripe_cancels_the_order(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    reference = await reference_of(shop, given)
    (await stripe_sandbox.post(f"/v1/payment_intents/{reference}/cancel")).raise_for_status()
    await tell(shop, given)
    await shop.handle(given).result()
    assert (await shop.order(given)).cancel_reason == "payment_failed"


async def test_shipping_after_the_authorisation_ran_out_is_refused_and_cancels(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    """Nobody told the order: it finds out when it wants the money."""
    given = await authorized_order(shop, stripe_sandbox)
    await control(stripe_sandbox, f"payment_intents/{await reference_of(shop, given)}/expire")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shop.change(given, "shipped")
    assert refusal(refused.value) == "capture_failed"
    await shop.handle(given).result()
    order = await shop.order(given)
    assert (order.status, order.cancel_reason, order.shipped_at) == ("cancelled", "expired", None)
