"""Authorised orders that are not shipped before the bank lets go of the amount."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess, running_sandbox
from tests.waiting import eventually
from tests.workflows.payments import kinds, mails, reference_of, timers
from tests.workflows.shop import QUICK, Shop
from workflows.messages import OrderInput, OrderMoved, OrderPolicy, OrderResult

CAPTURED = replace(QUICK, capture_method="on_shipment", capture_expiry="capture")
CANCELLED = replace(CAPTURED, capture_expiry="cancel")


@pytest_asyncio.fixture
async def stripe_sandbox(tmp_path: Path) -> AsyncIterator[SandboxProcess]:
    """A Stripe of the test's own, where banks hold an amount for six seconds."""
    async with running_sandbox(tmp_path, authorization_window=6) as sandbox:
        yield sandbox


async def authorized_order(shop: Shop, stripe: SandboxProcess, policy: OrderPolicy) -> OrderInput:
    given = await shop.claim(policy=policy)
    await shop.place(given)
    (await stripe.confirm(await reference_of(shop, given))).raise_for_status()
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given


async def test_unshipped_order_warns_its_shop_and_is_cancelled(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox, CANCELLED)
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("cancelled", "cancelled", "voided")
    assert (await shop.order(given)).cancel_reason == "expired"
    assert await shop.stock(shop.mug) == (10, 0)
    intent = await stripe_sandbox.intent(await reference_of(shop, given))
    assert intent["status"] == "canceled"
    # Not by the bank: the order let go of it before.
    assert intent["cancellation_reason"] != "automatic"
    assert await mails(shop, given) == [
        "order_confirmation",
        "vendor_new_order",
        "vendor_capture_due",
        "order_cancelled",
        "vendor_order_cancelled",
    ]
    warned = next(mail for mail in await mailbox.messages() if "runs out" in mail["subject"])
    assert "cancelled" in warned["text"]


async def test_unshipped_order_is_captured_where_its_shop_wants_that(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox, CAPTURED)
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "paid")
    assert (order.status, order.paid_amount) == ("confirmed", order.total_amount)
    assert "time to capture or give up what is authorised" in await timers(shop.handle(given))
    assert await shop.change(given, "shipped") == OrderMoved(True, "shipped", "paid")
    assert (await kinds(shop, given)).count("payment.captured") == 1
    sent = await eventually(lambda: mails(shop, given), lambda sent: "order_shipped" in sent)
    assert sent.count("vendor_capture_due") == 1


@pytest.mark.parametrize("policy", [CAPTURED, CANCELLED], ids=["capture", "cancel"])
async def test_order_that_shipped_in_time_is_left_alone(
    shop: Shop, stripe_sandbox: SandboxProcess, policy: OrderPolicy
) -> None:
    given = await authorized_order(shop, stripe_sandbox, replace(policy, return_window=1))
    await shop.change(given, "shipped")
    await shop.change(given, "delivered")
    result = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
    assert result == OrderResult("completed", "delivered", "paid")
