"""Versions of the worker side by side, by Temporal's Worker Versioning.

A worker with a build id polls for its version only. Which version gets what is the server's to know: nothing
before it is released, a share of the orders while it ramps, everything once it is current. Orders go on with
whatever version is current (`AUTO_UPGRADE`), because they live for weeks and their code is replay-safe.
https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning
"""

import asyncio
import time
from datetime import timedelta
from typing import TypedDict

from temporalio.api.enums.v1 import RoutingConfigUpdateState
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from settings import Settings
from workflows.visibility import BUILD

_LOOK_AGAIN = 0.5
_CALL = timedelta(seconds=10)
# The server has not heard of the version, or of none of its workers, yet.
_NOT_YET = frozenset({RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION})


class ReleaseError(Exception):
    """A version could not be released."""


class Named(TypedDict, total=False):
    """What a worker is told of its version, as the SDK takes it."""

    build_id: str
    deployment_config: WorkerDeploymentConfig


def named(settings: Settings) -> Named:
    """What a worker says of its version; without a build id it has none, for a single version at a time."""
    if settings.worker_build_id is None:
        return {"build_id": BUILD}
    config = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.worker_deployment, settings.worker_build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return {"deployment_config": config}


async def release(
    client: Client, *, deployment: str, build_id: str, percentage: float | None = None, patience: float = 60.0
) -> None:
    """Make a version current, or let it ramp: take new work and `percentage` of what is under way.

    Waits up to `patience` seconds for a worker of that version, and as long again until every task queue has
    heard of it: the server says yes about a second early, and still gives orders to the version from before.
    Raises ReleaseError when no worker of the version polls, or when a task queue does not hear of it.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            await _set(client, deployment, build_id, percentage)
        except RPCError as error:
            if error.status not in _NOT_YET:
                raise
            if time.monotonic() > deadline:
                raise ReleaseError(f"No worker of version {build_id} polls: {error.message}") from None
            await asyncio.sleep(_LOOK_AGAIN)
        else:
            break
    deadline = time.monotonic() + patience
    while await _spreading(client, deployment):
        if time.monotonic() > deadline:
            raise ReleaseError(f"Version {build_id} is released, but a task queue has not heard of it yet.")
        await asyncio.sleep(_LOOK_AGAIN)


async def _spreading(client: Client, deployment: str) -> bool:
    """Are there task queues that still have the routing from before?"""
    answer = await client.workflow_service.describe_worker_deployment(
        DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment), timeout=_CALL
    )
    state = answer.worker_deployment_info.routing_config_update_state
    return state == RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS


async def _set(client: Client, deployment: str, build_id: str, percentage: float | None) -> None:
    service, identity = client.workflow_service, client.identity
    if percentage is None:
        await service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=client.namespace, deployment_name=deployment, build_id=build_id, identity=identity
            ),
            timeout=_CALL,
        )
        return
    await service.set_worker_deployment_ramping_version(
        SetWorkerDeploymentRampingVersionRequest(
            namespace=client.namespace,
            deployment_name=deployment,
            build_id=build_id,
            percentage=percentage,
            identity=identity,
        ),
        timeout=_CALL,
    )
