"""One cart, ordered fifty times at once."""

import asyncio
from collections import Counter

import httpx
import pytest

from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock
from tests.system.shopper import Shopper, code
from tests.system.stripe_account import listed

CROWD = 50

pytestmark = pytest.mark.usefixtures("webhooks", "worker")


async def check_ordered_once(
    market: Market, shopper: Shopper, sandbox: SandboxProcess, answers: list[httpx.Response]
) -> None:
    placed = [answer.json() for answer in answers if answer.status_code == 201]
    assert placed
    assert {order["order_number"] for order in placed} == {placed[0]["order_number"]}
    assert len({order["payment"]["client_secret"] for order in placed}) == 1
    [order] = await market.orders()
    assert order.order_number == placed[0]["order_number"]
    [intent] = await listed(sandbox, "payment_intents")
    assert (intent["id"], intent["metadata"]["order_number"]) == (order.payment_reference, order.order_number)
    assert (await market.stock(market.mug), await market.stock(market.pot)) == (Stock(98, 2), Stock(99, 1))
    await market.check_books()
    await shopper.fill([(market.mug.id, 1)])
    claims = len(await market.placements())
    following = await shopper.place()
    assert following.json()["order_number"] == f"{order.order_number[:-5]}{claims + 1:05}"


@pytest.mark.parametrize("keys", ["none", "one", "different"])
async def test_same_request_fifty_times_is_one_order(
    market: Market, http: httpx.AsyncClient, stripe_sandbox: SandboxProcess, keys: str
) -> None:
    shopper = await market.shopper(http)
    of_each: dict[str, list[str | None]] = {
        "none": [None] * CROWD,
        "one": ["only-key"] * CROWD,
        "different": [f"key-{number}" for number in range(CROWD)],
    }

    answers = await asyncio.gather(*(shopper.place(key=key) for key in of_each[keys]))

    assert Counter(answer.status_code for answer in answers) == {201: CROWD}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert len(await market.placements()) == 1
    await check_ordered_once(market, shopper, stripe_sandbox, list(answers))


@pytest.mark.parametrize(
    ("key", "status", "refusals"),
    [
        (None, 409, {"cart_changed", "cart_empty"}),
        ("only-key", 422, {"idempotency_key_reused"}),
    ],
)
async def test_two_different_requests_for_one_cart_are_one_order(
    market: Market,
    http: httpx.AsyncClient,
    stripe_sandbox: SandboxProcess,
    key: str | None,
    status: int,
    refusals: set[str],
) -> None:
    shopper = await market.shopper(http)

    answers = await asyncio.gather(
        *(shopper.place(key=key, customer_notes=f"Version {number % 2}") for number in range(CROWD))
    )

    assert {answer.status_code for answer in answers} == {201, status}
    assert {code(answer) for answer in answers if answer.status_code == status} <= refusals
    notes = {answer.json()["customer_notes"] for answer in answers if answer.status_code == 201}
    assert notes == {(await market.orders())[0].customer_notes}
    await check_ordered_once(market, shopper, stripe_sandbox, list(answers))
