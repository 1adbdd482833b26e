"""Bulk changes: kept as the API keeps them, started, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from db.queries import bulk_jobs, bulk_work
from db.queries.bulk_jobs import NewJob
from db.tables import BulkJob, BulkJobOrder, OrderCommand, OrderEvent
from tests.builders import create_vendor_user
from tests.workflows.reconciling import placed
from tests.workflows.shop import Shop
from workflows.bulk_messages import BULK_STATUS_WORKFLOW, BulkProgress, BulkStatus, bulk_status_id
from workflows.bulk_status import BulkStatusWorkflow
from workflows.messages import OrderInput

Handle = WorkflowHandle[BulkStatusWorkflow, BulkProgress]


@dataclass(frozen=True)
class Job:
    """A job that is kept, and who gave it."""

    shop: Shop
    id: int
    user_id: int
    status: str

    async def start(self, *, shift: float = 30.0, patience: float = 900.0) -> Handle:
        """Start its workflow; one that runs is found."""
        await self.shop.client.start_workflow(
            BULK_STATUS_WORKFLOW,
            BulkStatus(self.shop.vendor.id, self.id, self.status, shift=shift, patience=patience),
            id=bulk_status_id(self.id),
            task_queue=self.shop.settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        if bulk_status_id(self.id) not in self.shop.workflow_ids:
            self.shop.workflow_ids.append(bulk_status_id(self.id))
        return self.handle

    @property
    def handle(self) -> Handle:
        return self.shop.client.get_workflow_handle(bulk_status_id(self.id), result_type=BulkProgress)

    async def stored(self) -> BulkJob:
        async with self.shop.database.reading(self.shop.vendor.id) as session:
            return (await bulk_jobs.get_job(session, job_id=self.id)).job

    async def under_way(self) -> int:
        """How many orders were told and have not answered."""
        async with self.shop.database.reading(self.shop.vendor.id) as session:
            job = (await bulk_jobs.get_job(session, job_id=self.id)).job
            return len(await bulk_work.under_way(session, job))

    async def outcomes(self) -> list[tuple[str | None, str | None]]:
        """Outcome and code of each order, as they were asked for."""
        async with self.shop.database.reading(self.shop.vendor.id) as session:
            rows = await session.execute(
                select(BulkJobOrder.outcome, BulkJobOrder.code)
                .where(BulkJobOrder.job_id == self.id)
                .order_by(BulkJobOrder.position)
            )
            return [(row.outcome, row.code) for row in rows]


async def kept(
    shop: Shop, order_ids: Sequence[int], status: str, *, carrier: str | None = None, key: str = "key"
) -> Job:
    """A job as the API keeps it."""
    user = await create_vendor_user(shop.database, shop.vendor)
    new = NewJob(shop.vendor.id, user.id, status, carrier, "By the dozen.", key, "-")
    async with shop.database.vendor(shop.vendor.id) as session:
        job_id = await bulk_jobs.add_job(session, new, order_ids)
    assert job_id is not None
    return Job(shop, job_id, user.id, status)


async def manual_orders(shop: Shop, number: int) -> list[OrderInput]:
    """Orders that wait for the vendor to confirm them."""
    return [await placed(shop, payment_method="manual") for _ in range(number)]


async def ids(shop: Shop, orders: Sequence[OrderInput]) -> list[int]:
    return [(await shop.order(given)).id for given in orders]


async def statuses(shop: Shop, orders: Sequence[OrderInput]) -> list[str]:
    return [(await shop.order(given)).status for given in orders]


async def times(shop: Shop, orders: Sequence[OrderInput], event_type: str) -> list[int]:
    """How often each order went through something."""
    return [sum(kind == event_type for _, kind in await shop.events(given)) for given in orders]


async def notes_of(shop: Shop, given: OrderInput, event_type: str) -> str | None:
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        return await session.scalar(
            select(OrderEvent.notes).where(OrderEvent.order_id == order.id, OrderEvent.type == event_type)
        )


async def commands(shop: Shop) -> list[OrderCommand]:
    async with shop.database.reading(shop.vendor.id) as session:
        return list(await session.scalars(select(OrderCommand).order_by(OrderCommand.id)))
