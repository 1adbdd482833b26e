"""Working through a bulk change: telling orders, and keeping what they answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import activity

from activities.bulk_jobs import progress_of
from activities.bulk_messages import BulkProgress, BulkShift
from activities.bulk_pace import BulkPace
from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows
from db.queries import bulk_work
from db.queries.bulk_work import OrderAtWork
from db.session import Database
from domain.bulk import UNANSWERED, BulkState, Verdict, after, before, without_workflow
from domain.lifecycle import OrderStatus

_LOOK_AGAIN = 0.1
_LOOK_AGAIN_AT_SLOW_ORDERS = 1.0
# An order that takes longer, as while the bank is away, does not hold up the others.
_SLOW = 5.0
_PAGE = 100


@dataclass(frozen=True)
class _Look:
    """A job at one moment: the orders that were just begun, and those whose answer is waited for."""

    progress: BulkProgress
    target: OrderStatus
    user_id: int
    begun: Sequence[OrderAtWork]
    waiting: Sequence[OrderAtWork]

    @property
    def hurried(self) -> bool:
        """Whether something is about to be answered."""
        return bool(self.begun) or _quick(self.waiting) > 0

    @property
    def at_rest(self) -> bool:
        """Whether nothing is to be begun for now, and nothing is about to be answered."""
        return self.progress.state == BulkState.PAUSED and not self.hurried


class BulkActivities:
    """A shift of work on a job. All that is done is in rows: it can be broken off and repeated anywhere."""

    def __init__(self, database: Database, workflows: OrderWorkflows, pace: BulkPace) -> None:
        self._database = database
        self._workflows = workflows
        self._pace = pace

    @activity.defn(name="change_orders")
    @at_the_boundary
    async def change_orders(self, given: BulkShift) -> BulkProgress:
        """Have orders changed until all are settled, the time is up, or the job is to rest."""
        ends = time.monotonic() + given.seconds
        gone: set[int] = set()
        first = True
        with self._pace.job():
            while True:
                activity.heartbeat()
                seen = await self._look(given, gone)
                # An earlier attempt may have been broken off between keeping a change and telling its order.
                gone |= await self._tell(seen, [*seen.begun, *(seen.waiting if first else ())])
                first = False
                if seen.progress.open == 0 or seen.at_rest:
                    return seen.progress
                if time.monotonic() > ends or activity.is_worker_shutdown():
                    return seen.progress
                slow = len(seen.waiting) == seen.progress.open and not seen.hurried and not gone
                await asyncio.sleep(_LOOK_AGAIN_AT_SLOW_ORDERS if slow else _LOOK_AGAIN)

    async def _look(self, given: BulkShift, gone: set[int]) -> _Look:
        """One transaction: settle what was answered, and begin what there is room for."""
        async with self._database.vendor(given.job.vendor_id) as session:
            job = await bulk_work.lock_job(session, job_id=given.job.job_id)
            target = OrderStatus(job.status)
            verdicts: dict[int, Verdict] = {}
            waiting: list[OrderAtWork] = []
            for order in await bulk_work.under_way(session, job):
                verdict = _became(order, target, given.patience, gone=order.entry_id in gone)
                if verdict is None:
                    waiting.append(order)
                else:
                    verdicts[order.entry_id] = verdict
            begun: list[OrderAtWork] = []
            if job.state == BulkState.RUNNING:
                room = self._pace.room(_quick(waiting))
                upcoming = await bulk_work.next_up(session, job, limit=_PAGE if room else 0)
                to_ask, clear = _sort(upcoming, target, room)
                verdicts |= clear
                begun = await bulk_work.begin(session, job, to_ask)
            elif job.state == BulkState.CANCELLED:
                await bulk_work.cancel_rest(session, job)
            await bulk_work.settle(session, job, verdicts)
            self._pace.begun(len(begun))
            return _Look(progress_of(job), target, job.created_by, begun, waiting)

    async def _tell(self, seen: _Look, orders: Sequence[OrderAtWork]) -> set[int]:
        """Tell orders what is asked of them; the entries of those that nothing follows any more."""

        async def tell(order: OrderAtWork) -> bool:
            if order.command_id is None:
                raise ValueError("an order that was begun has a command")
            return await self._workflows.change_status_later(
                order.order_number,
                status=seen.target,
                user_id=seen.user_id,
                command_id=order.command_id,
            )

        told = await asyncio.gather(*(tell(order) for order in orders))
        return {order.entry_id for order, heard in zip(orders, told, strict=True) if not heard}


def _quick(orders: Sequence[OrderAtWork]) -> int:
    return sum(order.seconds < _SLOW for order in orders)


def _became(order: OrderAtWork, target: OrderStatus, patience: float, *, gone: bool) -> Verdict | None:
    """What became of an order that was begun; None while its answer is waited for."""
    if gone:
        return without_workflow(order.standing, target, order.answer)
    verdict = after(order.standing, target, order.answer)
    if verdict is None and order.seconds > patience:
        return UNANSWERED
    return verdict


def _sort(
    orders: Sequence[OrderAtWork], target: OrderStatus, room: int
) -> tuple[list[OrderAtWork], dict[int, Verdict]]:
    """The next orders up to those for which there is no room: which to ask, and what is clear already."""
    to_ask: list[OrderAtWork] = []
    clear: dict[int, Verdict] = {}
    for order in orders:
        verdict = before(order.standing, target)
        if verdict is not None:
            clear[order.entry_id] = verdict
        elif len(to_ask) < room:
            to_ask.append(order)
        else:
            break
    return to_ask, clear
