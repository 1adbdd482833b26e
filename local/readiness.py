"""Asking a part whether it serves."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RetryConfig, RPCError

from local.part import NotReady

_SECONDS = 3.0
Probe = Callable[[int], Awaitable[None]]


def http(url: str) -> Probe:
    """Ready once a GET of the address answers 200."""

    async def probe(_: int) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS, verify=False) as client:  # noqa: S501 -- plain HTTP to this machine; a TLS context would cost 50 ms
            try:
                response = await client.get(url)
            except httpx.HTTPError as error:
                raise NotReady(f"{url} does not answer ({type(error).__name__})") from error
        if response.status_code != 200:
            raise NotReady(f"{url} answers {response.status_code}: {response.text[:300]}")

    return probe


def postgres(url: str) -> Probe:
    """Ready once the database answers a query."""

    async def probe(_: int) -> None:
        engine = create_async_engine(url, connect_args={"timeout": _SECONDS})
        try:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError) as error:
            raise NotReady(
                f"the database does not answer: {getattr(error, 'orig', None) or error}"
            ) from error
        finally:
            await engine.dispose()

    return probe


class TemporalProbe:
    """Asks a Temporal server about itself and about the workers of a task queue."""

    def __init__(self, address: str, namespace: str, task_queue: str) -> None:
        self._address = address
        self._namespace = namespace
        self._task_queue = task_queue
        self._client: Client | None = None

    async def connected(self) -> Client:
        """The client, connected on the first call; raises NotReady."""
        if self._client is None:
            try:
                self._client = await Client.connect(
                    self._address,
                    namespace=self._namespace,
                    retry_config=RetryConfig(max_elapsed_time_millis=500, max_retries=1),
                )
            except RuntimeError as error:
                raise NotReady(f"{self._address} does not answer") from error
        return self._client

    async def serves(self, _: int) -> None:
        """Ready once the server calls itself healthy and has the namespace."""
        client = await self.connected()
        try:
            healthy = await client.service_client.check_health(timeout=timedelta(seconds=_SECONDS))
            await client.count_workflows(rpc_timeout=timedelta(seconds=_SECONDS))
        except RPCError as error:
            raise NotReady(f"{self._address}: {error.message}") from error
        if not healthy:
            raise NotReady(f"{self._address} is not healthy yet")

    async def is_polled_by(self, pid: int) -> None:
        """Ready once the process polls the task queue for workflow tasks and for activities.

        Workers end their identity with their process id.
        """
        client = await self.connected()
        for kind in (
            TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        ):
            request = DescribeTaskQueueRequest(
                namespace=self._namespace, task_queue=TaskQueue(name=self._task_queue), task_queue_type=kind
            )
            try:
                answer = await client.workflow_service.describe_task_queue(
                    request, timeout=timedelta(seconds=_SECONDS)
                )
            except RPCError as error:
                raise NotReady(f"{self._address}: {error.message}") from error
            if not any(poller.identity.endswith(f":{pid}") for poller in answer.pollers):
                raise NotReady(f"process {pid} does not poll the task queue {self._task_queue} yet")
