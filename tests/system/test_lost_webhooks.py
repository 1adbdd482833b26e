"""Webhooks that never arrive, and answers of Stripe's that get lost on the way."""

import httpx
import pytest

from db.session import Database
from settings import Settings
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock, open_market
from tests.system.stripe_account import deliveries, intents_of, listed
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("webhooks", "worker")


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings under which an unpaid order asks Stripe after so many seconds."""
    return settings.model_copy(update={"payment_poll_first": getattr(request, "param", 600.0)})


async def lose_webhooks(sandbox: SandboxProcess) -> None:
    await sandbox.faults("POST", "/_sandbox/webhook-faults", {"kind": "lost"})


async def lose_answer(sandbox: SandboxProcess, path: str) -> None:
    fault = {"kind": "lost_answer", "method": "POST", "path": path, "times": 1}
    await sandbox.faults("POST", "/_sandbox/faults", fault)


@pytest.mark.parametrize("settings", [1.0], indirect=True)
async def test_payment_is_found_by_asking(
    market: Market, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess
) -> None:
    await lose_webhooks(stripe_sandbox)
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()

    await shopper.pay(placed)

    paid = await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    assert paid["payment_status"] == "paid"
    assert {delivery["state"] for delivery in await deliveries(stripe_sandbox)} == {"lost"}
    await market.check_books()


async def test_payment_in_the_last_moment_is_no_expiry(
    database: Database, settings: Settings, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess
) -> None:
    """Nobody has told the order of its payment when its window closes: it asks before it gives up."""
    market = await open_market(database, settings, stripe_sandbox, payment_window=8)
    await lose_webhooks(stripe_sandbox)
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()

    assert (await shopper.pay(placed)).status_code == 200

    paid = await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] != "pending", within=60
    )
    assert (paid["status"], paid["payment_status"]) == ("confirmed", "paid")
    assert await listed(stripe_sandbox, "refunds") == []


async def test_lost_answer_to_cancelling_the_payment_still_expires_the_order(
    database: Database, settings: Settings, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess
) -> None:
    market = await open_market(database, settings, stripe_sandbox, payment_window=2)
    await lose_answer(stripe_sandbox, "/v1/payment_intents/*/cancel")
    shopper = await market.shopper(http)
    placed = (await shopper.place()).json()

    gone = await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "cancelled", within=60
    )

    assert (gone["cancel_reason"], gone["payment_status"]) == ("expired", "voided")
    assert await market.stock(market.mug) == Stock(100, 0)
    assert (await shopper.pay(placed)).status_code == 400
    await market.check_books()


async def test_lost_answer_to_opening_the_payment_opens_no_second_one(
    market: Market, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess
) -> None:
    await lose_answer(stripe_sandbox, "/v1/payment_intents")
    shopper = await market.shopper(http)

    placed = (await shopper.place()).json()

    [intent] = await intents_of(stripe_sandbox, placed["order_number"])
    assert intent["id"] == placed["payment_reference"]
    await market.check_books()
