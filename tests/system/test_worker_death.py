"""A worker that is killed: between placement and payment, and in the middle of a burst."""

import asyncio
from collections import Counter

import httpx
import pytest

from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.market import Market, Stock
from tests.system.programs import Programs
from tests.system.shopper import Shopper, code
from tests.system.stripe_account import deliveries, intents_of, listed
from tests.waiting import eventually

BURST = 20
LIFE = ["order.placed", "payment.opened", "payment.succeeded", "order.confirmed"]


@pytest.mark.usefixtures("webhooks")
async def test_payment_made_while_the_worker_is_dead_is_booked_once_it_is_back(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
) -> None:
    worker = await programs.worker()
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()
    await worker.kill()

    assert (await shopper.pay(placed)).json()["status"] == "succeeded"
    await eventually(
        lambda: deliveries(stripe_sandbox, type="payment_intent.succeeded"),
        lambda sent: bool(sent) and all(delivery["state"] == "delivered" for delivery in sent),
        within=60,
    )
    assert (await shopper.order(placed["id"]))["status"] == "pending"
    await programs.worker()

    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    mails = await eventually(mailbox.messages, lambda mails: len(mails) == 2, within=60)
    assert {str(mail["deliveries"]) for mail in mails} == {"1"}
    assert await market.events(placed["order_number"]) == LIFE
    [intent] = await intents_of(stripe_sandbox, placed["order_number"])
    assert intent["amount_received"] == round(placed["total_amount"] * 100)
    assert await market.stock(market.mug) == Stock(98, 2)
    await market.check_books()


async def test_worker_killed_in_a_burst_leaves_no_placement_half_done(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    worker, _ = await asyncio.gather(
        programs.worker(), programs.api(stripe_sandbox.webhook_port, place_timeout=3)
    )
    shoppers = await market.shoppers(BURST, http)
    await asyncio.gather(*(shopper.fill([(market.mug.id, 1)]) for shopper in shoppers))
    burst = asyncio.gather(*(shopper.place(key=f"burst-{number}") for number, shopper in enumerate(shoppers)))
    await eventually(market.placements, lambda claims: any(claim.state != "claimed" for claim in claims))
    await worker.kill()
    first = await burst

    assert {answer.status_code for answer in first} <= {201, 202, 503}
    assert {answer.status_code for answer in first} != {201}, "the worker was killed too late"
    assert {code(answer) for answer in first if answer.status_code == 503} <= {"engine_unavailable"}
    await programs.worker()
    settled = await asyncio.gather(
        *(shopper.place_at_last(key=f"burst-{number}") for number, shopper in enumerate(shoppers))
    )
    assert {answer.status_code for answer in settled} <= {200, 201}
    await check_one_order_each(market, shoppers, settled, stripe_sandbox)


async def check_one_order_each(
    market: Market, shoppers: list[Shopper], settled: list[httpx.Response], sandbox: SandboxProcess
) -> None:
    for shopper, answer in zip(shoppers, settled, strict=True):
        [order] = await shopper.orders()
        assert order["order_number"] == answer.json()["order_number"]
    assert Counter(claim.state for claim in await market.placements()) == {"placed": BURST}
    references = {order.payment_reference for order in await market.orders()}
    assert {intent["id"] for intent in await listed(sandbox, "payment_intents")} == references
    assert await market.stock(market.mug) == Stock(100 - BURST, BURST)
    await market.check_books()


@pytest.mark.usefixtures("webhooks")
async def test_status_change_without_a_worker_is_not_promised(
    market: Market, http: httpx.AsyncClient, programs: Programs
) -> None:
    worker = await programs.worker()
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()
    await shopper.pay(placed)
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    await worker.kill()

    lost = await market.move(http, placed["id"], key="once", status="processing")
    await programs.worker()
    found = await eventually(
        lambda: market.move(http, placed["id"], key="once", status="processing"),
        lambda answer: answer.status_code != 503,
        within=60,
    )

    assert (lost.status_code, code(lost)) == (503, "engine_unavailable")
    assert found.status_code == 200
    assert found.json()["status"] == "processing"
    assert await market.events(placed["order_number"]) == [*LIFE, "order.processing"]


async def test_status_change_of_an_order_that_the_dead_worker_held_is_answered_in_time(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    worker, _ = await asyncio.gather(
        programs.worker(), programs.api(stripe_sandbox.webhook_port, place_timeout=9)
    )
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()
    await shopper.pay(placed)
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    await programs.worker()
    await worker.kill()

    moved = await market.move(http, placed["id"], status="processing")

    assert moved.status_code == 200, moved.text
    assert moved.json()["status"] == "processing"
