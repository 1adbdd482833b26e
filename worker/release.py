"""`python -m worker.release BUILD_ID [--percentage 10]`: gives a version of the worker the orders."""

import argparse
import asyncio
import os
import sys

from temporalio.service import RPCError

from settings import Settings
from worker.connecting import connect
from worker.deployments import ReleaseError, release


async def run(settings: Settings, build_id: str, percentage: float | None) -> None:
    """Connect and release."""
    client = await connect(settings)
    await release(client, deployment=settings.worker_deployment, build_id=build_id, percentage=percentage)


def main(arguments: list[str] | None = None) -> int:
    """Release and return the exit code: 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m worker.release", description=__doc__)
    parser.add_argument("build_id", help="ORION_WORKER_BUILD_ID of the workers that are to take over")
    parser.add_argument(
        "--percentage", type=float, help="let the version ramp: this share of the orders instead of all"
    )
    given = parser.parse_args(arguments)
    try:
        asyncio.run(run(Settings(), given.build_id, given.percentage))
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    except (RPCError, RuntimeError) as error:
        # The SDK reports an unreachable server as RuntimeError.
        print(f"Temporal did not release it: {error}", file=sys.stderr)
        return 1
    share = "all orders" if given.percentage is None else f"{given.percentage:g} % of the orders"
    print(f"Version {given.build_id} has {share}.")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
