"""`python -m bench.bare_worker ADDRESS NAMESPACE`: the process that runs bare workflows."""

import asyncio
import os
import signal
import socket
import sys

import uvloop
from temporalio.client import Client
from temporalio.service import GrpcCompression
from temporalio.worker import Worker

from bench.bare import TASK_QUEUE, BareOrder, nothing
from settings import Settings
from worker.composition import workflow_runner


async def run(address: str, namespace: str) -> None:
    """Poll for work until SIGTERM or SIGINT, on the loop and with the runner that the orders' worker has."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await Client.connect(address, namespace=namespace, grpc_compression=GrpcCompression.NONE)
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareOrder],
        activities=[nothing],
        workflow_runner=workflow_runner(sandboxed=Settings().workflow_sandbox),
        identity=f"bare-worker@{socket.gethostname()}:{os.getpid()}",
    )
    async with worker:
        await stop.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(*sys.argv[1:3]))
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(0)
