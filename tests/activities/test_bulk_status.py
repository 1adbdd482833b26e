"""A shift of a bulk change that breaks off is repeated without changing an order twice."""

from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.bulk_messages import BulkJobRef, BulkProgress, BulkShift
from activities.bulk_pace import BulkPace
from activities.bulk_status import BulkActivities
from db.queries import bulk_jobs, order_steps
from db.queries.bulk_jobs import NewJob
from db.session import Database
from db.tables import BulkJobOrder, Order, OrderCommand
from tests.activities.test_reconciliation import FakeWorkflows
from tests.api.backoffice import create_order
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user


@dataclass
class Orders(FakeWorkflows):
    """Orders that do what they are told, unless they are deaf or gone."""

    database: Database | None = None
    vendor_id: int = 0
    faults: int = 0
    deaf: bool = False
    gone: bool = False
    told: list[int] = field(default_factory=list)

    async def change_status_later(
        self, order_number: str, *, status: str, user_id: int, command_id: int
    ) -> bool:
        if self.faults:
            self.faults -= 1
            raise ConnectionError
        self.told.append(command_id)
        if self.gone:
            return False
        if not self.deaf:
            await self._apply(order_number, status, command_id)
        return True

    async def _apply(self, order_number: str, status: str, command_id: int) -> None:
        assert self.database is not None
        async with self.database.vendor(self.vendor_id) as session:
            order = (await session.scalars(select(Order).where(Order.order_number == order_number))).one()
            order.status = status
            await order_steps.apply_command(session, command_id)


@dataclass
class Bench:
    """A job with three orders that are confirmed and are to be processed."""

    database: Database
    vendor_id: int
    job_id: int

    def orders(self, **traits: bool | int) -> Orders:
        return Orders(database=self.database, vendor_id=self.vendor_id, **traits)  # type: ignore[arg-type]

    async def shift(self, orders: Orders, *, seconds: float = 20.0, patience: float = 60.0) -> BulkProgress:
        activities = BulkActivities(self.database, orders, BulkPace(window=8, rate=1000.0))
        given = BulkShift(BulkJobRef(self.vendor_id, self.job_id), seconds, patience)
        progress: BulkProgress = await ActivityEnvironment().run(activities.change_orders, given)
        return progress

    async def move(self, state: str) -> None:
        async with self.database.vendor(self.vendor_id) as session:
            (await bulk_jobs.get_job(session, job_id=self.job_id)).job.state = state

    async def commands(self) -> list[int]:
        async with self.database.reading(self.vendor_id) as session:
            return list(await session.scalars(select(OrderCommand.id).order_by(OrderCommand.id)))

    async def codes(self) -> list[str | None]:
        async with self.database.reading(self.vendor_id) as session:
            statement = select(BulkJobOrder.code).order_by(BulkJobOrder.position)
            return list(await session.scalars(statement))


@pytest_asyncio.fixture
async def bench(database: Database) -> Bench:
    vendor = await create_vendor(database)
    customer = await create_customer(database, vendor)
    product = await create_product(database, vendor)
    ids = [(await create_order(database, customer, product)).id for _ in range(3)]
    user = await create_vendor_user(database, vendor)
    new = NewJob(vendor.id, user.id, "processing", None, None, "key", "-")
    async with database.vendor(vendor.id) as session:
        job_id = await bulk_jobs.add_job(session, new, ids)
    assert job_id is not None
    bench = Bench(database, vendor.id, job_id)
    await bench.move("running")
    return bench


async def test_orders_that_were_kept_and_not_told_are_told_by_the_next_attempt(bench: Bench) -> None:
    orders = bench.orders(faults=3)
    with pytest.raises(ApplicationError):
        await bench.shift(orders)
    kept = await bench.commands()
    assert len(kept) == 3
    assert orders.told == []

    progress = await bench.shift(orders)

    assert (progress.changed, progress.open) == (3, 0)
    assert sorted(orders.told) == kept == await bench.commands()


async def test_orders_that_do_not_answer_in_time_are_given_up(bench: Bench) -> None:
    progress = await bench.shift(bench.orders(deaf=True), patience=0.05)

    assert (progress.failed, progress.open) == (3, 0)
    assert await bench.codes() == ["order_unanswered"] * 3


async def test_orders_that_nothing_follows_are_closed(bench: Bench) -> None:
    progress = await bench.shift(bench.orders(gone=True))

    assert (progress.refused, progress.open) == (3, 0)
    assert await bench.codes() == ["order_closed"] * 3


async def test_job_that_rests_begins_nothing(bench: Bench) -> None:
    await bench.move("paused")

    progress = await bench.shift(bench.orders())

    assert (progress.state, progress.open) == ("paused", 3)
    assert await bench.commands() == []


async def test_cancelled_job_leaves_what_is_not_begun(bench: Bench) -> None:
    await bench.move("cancelled")

    progress = await bench.shift(bench.orders())

    assert (progress.state, progress.cancelled, progress.open) == ("cancelled", 3, 0)
    assert await bench.commands() == []


async def test_shift_ends_while_orders_are_under_way_and_the_next_one_hears_them(bench: Bench) -> None:
    orders = bench.orders(deaf=True)
    first = await bench.shift(orders, seconds=0.0)
    assert first.open == 3
    orders.deaf = False

    second = await bench.shift(orders)

    assert (second.changed, second.open) == (3, 0)
    assert len(await bench.commands()) == 3
