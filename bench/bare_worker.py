"""`python -m bench.bare_worker ADDRESS NAMESPACE`: the process that runs bare workflows."""

import asyncio
import os
import signal
import socket
import sys

from temporalio.client import Client
from temporalio.worker import Worker

from bench.bare import TASK_QUEUE, BareOrder, nothing


async def run(address: str, namespace: str) -> None:
    """Poll for work until SIGTERM or SIGINT, with the SDK's own settings as the orders' worker has them."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await Client.connect(address, namespace=namespace)
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareOrder],
        activities=[nothing],
        identity=f"bare-worker@{socket.gethostname()}:{os.getpid()}",
    )
    async with worker:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:3]))
    sys.stdout.flush()
    sys.stderr.flush()
    # The SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(0)
