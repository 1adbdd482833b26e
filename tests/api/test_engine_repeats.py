"""Requests that a busy server gives up: asked for again within the time there is, and done once."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select
from temporalio.api.common.v1 import GrpcStatus
from temporalio.api.errordetails.v1 import MultiOperationExecutionFailure
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.engine import Engine
from db.session import Database
from db.tables import Order
from settings import Settings
from tests.api.storefront import Storefront, code, open_storefront


class Busy(Interceptor):
    """A server that gives requests up so many times, before or after they had their effect."""

    def __init__(self, times: int, failure: Callable[[], Exception], *, effect: bool) -> None:
        self.times = times
        self.asked: list[timedelta] = []
        self.failure = failure
        self.effect = effect

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 -- the SDK's
        return _BusyCalls(next, self)


class _BusyCalls(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, busy: Busy) -> None:
        super().__init__(following)
        self._busy = busy

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 -- the SDK's
    ) -> WorkflowUpdateHandle[Any]:
        self._note(input.rpc_timeout)
        if self._busy.times < 0 or self._busy.effect:
            handle = await super().start_update_with_start_workflow(input)
        if self._busy.times >= 0:
            raise self._busy.failure()
        return handle

    async def start_workflow_update(
        self,
        input: StartWorkflowUpdateInput,  # noqa: A002 -- the SDK's
    ) -> WorkflowUpdateHandle[Any]:
        self._note(input.rpc_timeout)
        if self._busy.times < 0 or self._busy.effect:
            handle = await super().start_workflow_update(input)
        if self._busy.times >= 0:
            raise self._busy.failure()
        return handle

    def _note(self, within: timedelta | None) -> None:
        self._busy.times -= 1
        self._busy.asked.append(within or timedelta.max)


def status(
    status: RPCStatusCode, message: str = "the server gave it up", raw: bytes = b""
) -> Callable[[], Exception]:
    return lambda: RPCError(message, status, raw)


def of_both_halves() -> bytes:
    """What the server adds to an error of an update with a start: how each of the two ended."""
    failure = MultiOperationExecutionFailure()
    failure.statuses.add(code=RPCStatusCode.UNAVAILABLE, message="Workflow was not started: 3")
    detailed = GrpcStatus(code=RPCStatusCode.UNAVAILABLE)
    detailed.details.add().Pack(failure)
    return detailed.SerializeToString()


def cancelled_there() -> Exception:
    """As the SDK tells a call that was cancelled, or whose time was over, inside the server."""
    error = WorkflowUpdateRPCTimeoutOrCancelledError()
    error.__cause__ = RPCError("context canceled", RPCStatusCode.CANCELLED, b"")
    return error


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings) -> Storefront:
    return await open_storefront(database, settings)


@asynccontextmanager
async def busy_api(
    settings: Settings, database: Database, temporal: Client, busy: Busy
) -> AsyncIterator[httpx.AsyncClient]:
    to_server = Client(
        temporal.service_client,
        namespace=temporal.namespace,
        data_converter=temporal.data_converter,
        interceptors=[busy],
    )
    app = create_app(settings, database=database, engine=Engine(settings, client=to_server))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test", timeout=30) as client:
        yield client
    await app.state.context.stop_listening()


@pytest.mark.parametrize("effect", [False, True], ids=["unheard", "done"])
@pytest.mark.parametrize(
    "failure",
    [
        status(RPCStatusCode.FAILED_PRECONDITION),
        status(RPCStatusCode.ABORTED),
        status(RPCStatusCode.UNAVAILABLE, "Workflow Update was aborted."),
        status(RPCStatusCode.UNAVAILABLE, raw=of_both_halves()),
        cancelled_there,
    ],
    ids=["failed_precondition", "aborted", "forgotten", "not_started", "cancelled"],
)
async def test_order_that_the_server_gave_up_is_placed_once_all_the_same(
    settings: Settings,
    database: Database,
    temporal_client: Client,
    storefront: Storefront,
    worker: None,
    failure: Callable[[], Exception],
    effect: bool,
) -> None:
    busy = Busy(2, failure, effect=effect)
    async with busy_api(settings, database, temporal_client, busy) as client:
        answer = await storefront.order(client, await storefront.cart())

    async with database.vendor(storefront.vendor.id) as session:
        orders = await session.scalar(select(func.count()).select_from(Order))
    assert answer.status_code == 201, answer.text
    assert (len(busy.asked), orders) == (3, 1)
    # Each attempt has the time that is left.
    assert busy.asked[0] > busy.asked[1] > busy.asked[2]


async def test_server_that_is_away_is_told_at_once(
    settings: Settings, database: Database, temporal_client: Client, storefront: Storefront
) -> None:
    busy = Busy(1_000, status(RPCStatusCode.UNAVAILABLE, "tcp connect error"), effect=False)
    async with busy_api(settings, database, temporal_client, busy) as client:
        answer = await storefront.order(client, await storefront.cart())

    assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
    assert len(busy.asked) == 1


async def test_server_that_goes_on_giving_up_is_told_when_the_time_is_over(
    settings: Settings, database: Database, temporal_client: Client, storefront: Storefront
) -> None:
    hurried = settings.model_copy(update={"place_timeout": 1.0})
    busy = Busy(1_000, status(RPCStatusCode.FAILED_PRECONDITION), effect=False)
    async with busy_api(hurried, database, temporal_client, busy) as client:
        answer = await storefront.order(client, await storefront.cart())

    assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
    assert 2 <= len(busy.asked) <= 5


@pytest.mark.parametrize("effect", [False, True], ids=["unheard", "done"])
async def test_command_that_the_server_gave_up_is_done_once_all_the_same(
    settings: Settings,
    database: Database,
    temporal_client: Client,
    storefront: Storefront,
    worker: None,
    effect: bool,
) -> None:
    busy = Busy(0, cancelled_there, effect=effect)
    async with busy_api(settings, database, temporal_client, busy) as client:
        order = (await storefront.order(client, await storefront.cart())).json()
        busy.times = 2
        answer = await client.post(
            f"{storefront.path}/orders/my-orders/{order['id']}/cancel", headers=storefront.headers
        )
        history = await client.get(
            f"{storefront.path}/orders/my-orders/{order['id']}", headers=storefront.headers
        )

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled"), answer.text
    assert history.json()["status"] == "cancelled"
    assert len(busy.asked) == 4
