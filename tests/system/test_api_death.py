"""An API process that is killed while it places an order."""

import asyncio
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.fixtures.ports import free_port
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.market import Market, Stock
from tests.system.programs import Program, Programs
from tests.system.shopper import Shopper, api_client
from tests.system.stripe_account import listed
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("webhooks", "worker")


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def die_in_the_middle(market: Market, shopper: Shopper, url: str, api: Program, state: str) -> None:
    """Kill the API while it places an order, once the claim has come to `state`."""
    async with api_client(url) as doomed:
        placing = asyncio.create_task(shopper.place(key="once", http=doomed))
        await eventually(market.placements, lambda claims: [claim.state for claim in claims] == [state])
        await api.kill()
        with pytest.raises(httpx.TransportError):
            await placing


async def check_retry_gives_the_one_order(market: Market, shopper: Shopper, sandbox: SandboxProcess) -> None:
    again = await shopper.place_at_last(key="once")
    twice = await shopper.place(key="once")
    without_key = await shopper.place()

    assert again.status_code in {200, 201}
    numbers = {answer.json()["order_number"] for answer in (again, twice, without_key)}
    [order] = await market.orders()
    assert numbers == {order.order_number}
    [intent] = await listed(sandbox, "payment_intents")
    assert intent["id"] == order.payment_reference
    assert await market.stock(market.mug) == Stock(98, 2)
    await market.check_books()


async def test_api_killed_between_claim_and_workflow(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess, deaf: str
) -> None:
    """The order number is taken and Temporal has never heard of it."""
    port = free_port()
    doomed = await programs.api(port, temporal_address=deaf)
    shopper = await market.shopper(http)

    await die_in_the_middle(market, shopper, f"http://127.0.0.1:{port}", doomed, "claimed")

    assert await market.orders() == []
    await check_retry_gives_the_one_order(market, shopper, stripe_sandbox)


async def test_api_killed_while_the_workflow_places(
    market: Market, http: httpx.AsyncClient, programs: Programs, stripe_sandbox: SandboxProcess
) -> None:
    """The order is stored and Stripe takes its time to open the payment."""
    port = free_port()
    doomed = await programs.api(port)
    shopper = await market.shopper(http)
    slow = {"kind": "slow", "method": "POST", "path": "/v1/payment_intents", "seconds": 2, "times": 1}
    await stripe_sandbox.faults("POST", "/_sandbox/faults", slow)

    await die_in_the_middle(market, shopper, f"http://127.0.0.1:{port}", doomed, "created")

    await check_retry_gives_the_one_order(market, shopper, stripe_sandbox)
