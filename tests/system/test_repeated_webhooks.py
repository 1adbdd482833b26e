"""Webhooks that arrive twice, in the wrong order, or long after the order was cancelled."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.market import Market, Stock
from tests.system.shopper import Shopper
from tests.system.stripe_account import JSON, deliver, deliveries, events, listed
from tests.waiting import eventually
from workflows.messages import OrderResult, after_sale_id

pytestmark = pytest.mark.usefixtures("webhooks", "worker")


async def all_delivered(sandbox: SandboxProcess) -> None:
    await eventually(
        lambda: deliveries(sandbox),
        lambda sent: all(delivery["state"] == "delivered" for delivery in sent),
        within=60,
    )


@pytest.mark.parametrize("kind", ["doubled", "reordered"])
async def test_payment_is_booked_once_however_it_is_told(
    market: Market,
    http: httpx.AsyncClient,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    kind: str,
) -> None:
    await stripe_sandbox.faults("POST", "/_sandbox/webhook-faults", {"kind": kind, "seconds": 1})
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()

    await shopper.pay(placed)

    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    await all_delivered(stripe_sandbox)
    await check_booked_once(market, placed["order_number"])
    mails = await eventually(mailbox.messages, lambda mails: len(mails) >= 2, within=60)
    assert {(mail["message_id"], str(mail["deliveries"])) for mail in mails} == {
        (mail["message_id"], "1") for mail in mails
    }


async def test_decline_told_after_the_success_changes_nothing(
    market: Market, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess
) -> None:
    late = {"kind": "delayed", "type": "payment_intent.payment_failed", "seconds": 2}
    await stripe_sandbox.faults("POST", "/_sandbox/webhook-faults", late)
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()

    assert (await shopper.pay(placed, "pm_card_chargeDeclined")).status_code == 402
    assert (await shopper.pay(placed)).status_code == 200

    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    await all_delivered(stripe_sandbox)
    assert (await shopper.order(placed["id"]))["payment_status"] == "paid"
    await check_booked_once(market, placed["order_number"])


async def check_booked_once(market: Market, number: str) -> None:
    order = await market.order(number)
    assert (order.status, order.paid_amount) == ("confirmed", order.total_amount)
    assert (await market.events(number)).count("payment.succeeded") == 1
    assert await market.stock(market.mug) == Stock(98, 2)
    await market.check_books()


def reopen_at_stripe(file: Path, reference: str) -> None:
    """Make a canceled PaymentIntent payable, as if the cancellation had lost a race at Stripe."""
    with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
        changed = connection.execute(
            "UPDATE objects SET body = json_set(body, '$.status', 'requires_payment_method') WHERE id = ?",
            (reference,),
        )
        assert changed.rowcount == 1


async def pay_too_late(shopper: Shopper, placed: JSON, sandbox: SandboxProcess, client: Client) -> JSON:
    """Cancel an order and see its workflow end, then pay it; answers the event, which nobody has sent yet."""
    assert (await shopper.cancel(placed["id"])).status_code == 200
    handle = client.get_workflow_handle(placed["order_number"], result_type=OrderResult)
    assert (await handle.result()).outcome == "cancelled"
    await sandbox.faults(
        "POST", "/_sandbox/webhook-faults", {"kind": "lost", "type": "payment_intent.succeeded"}
    )
    reopen_at_stripe(sandbox.database, placed["payment_reference"])
    assert (await shopper.pay(placed)).json()["status"] == "succeeded"
    [event] = await events(sandbox, "payment_intent.succeeded", placed["payment_reference"])
    return event


async def test_money_for_a_cancelled_order_goes_back_exactly_once(
    market: Market,
    http: httpx.AsyncClient,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    temporal_client: Client,
) -> None:
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()
    event = await pay_too_late(shopper, placed, stripe_sandbox, temporal_client)

    at_once = await asyncio.gather(*(deliver(http, stripe_sandbox, event) for _ in range(5)))
    refunded = await eventually(
        lambda: market.refunds(placed["order_number"]),
        lambda refunds: [status for status, _ in refunds] == ["succeeded"],
        within=60,
    )
    again = [
        await deliver(http, stripe_sandbox, event | {"id": f"evt_again_{number}"}) for number in range(3)
    ]
    await eventually(
        mailbox.messages,
        lambda mails: any("refund" in mail["message_id"] for mail in mails),
        within=60,
    )
    late = temporal_client.get_workflow_handle(after_sale_id(placed["order_number"]))
    await late.result()

    assert {answer.status_code for answer in (*at_once, *again)} == {200}
    order = await market.order(placed["order_number"])
    assert refunded == [("succeeded", order.total_amount)]
    assert (order.status, order.payment_status) == ("cancelled", "refunded")
    assert order.paid_amount == order.refunded_amount == order.total_amount
    [refund] = await listed(stripe_sandbox, "refunds", payment_intent=placed["payment_reference"])
    assert refund["amount"] == round(placed["total_amount"] * 100)
    assert len([mail for mail in await mailbox.messages() if "refund" in mail["message_id"]]) == 1
    assert await market.stock(market.mug) == Stock(100, 0)
    await market.check_books()
