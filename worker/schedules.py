"""The schedule of the reconciliation, brought in line with the settings whenever a worker starts."""

from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from settings import Settings
from workflows.reconciliation_messages import (
    RECONCILIATION_ID,
    SCHEDULED_RECONCILIATION,
    Reconciliation,
)

log = structlog.get_logger(__name__)


async def set_reconciliation_schedule(client: Client, settings: Settings) -> None:
    """Create, change or delete the schedule as the settings say; one that operators paused stays paused."""
    try:
        if settings.reconcile_every == 0:
            await _delete(client)
        else:
            await _create_or_change(client, settings)
    except RPCError as error:
        if error.status not in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
            raise
        log.warning("the reconciliation's schedule has to be made by an administrator")


async def _create_or_change(client: Client, settings: Settings) -> None:
    try:
        await client.create_schedule(RECONCILIATION_ID, _schedule(settings, ScheduleState()))
    except ScheduleAlreadyRunningError:

        def changed(given: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(_schedule(settings, given.description.schedule.state))

        await client.get_schedule_handle(RECONCILIATION_ID).update(changed)


async def _delete(client: Client) -> None:
    try:
        await client.get_schedule_handle(RECONCILIATION_ID).delete()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise


def reconciliation(settings: Settings) -> Reconciliation:
    """How these settings walk."""
    return Reconciliation(
        page_size=settings.reconcile_page_size,
        min_age=settings.reconcile_min_age,
        lookback=settings.reconcile_lookback,
    )


def _schedule(settings: Settings, state: ScheduleState) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            SCHEDULED_RECONCILIATION,
            reconciliation(settings),
            id=f"{RECONCILIATION_ID}-scheduled",
            task_queue=settings.task_queue,
            static_summary="compares orders, Stripe, stock and workflows",
        ),
        spec=ScheduleSpec(
            intervals=[ScheduleIntervalSpec(every=timedelta(seconds=settings.reconcile_every))]
        ),
        policy=SchedulePolicy(
            overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(seconds=settings.reconcile_every)
        ),
        state=state,
    )
