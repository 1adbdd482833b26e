"""Catching up: counters first, then order by order what the database lacks, then what is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from temporalio.client import Client

from activities.gateways.payments import PaymentGateway
from activities.messages import PlacementRef, WithdrawPlacement
from activities.placing import PlacingActivities
from db.queries import order_steps
from db.session import Database
from domain.errors import OrderClosed
from local.catching_up import lost, stored
from local.catching_up.applying import StepsAgain
from local.catching_up.lost import REASON, LostOrder
from local.catching_up.stored import StoredPlacement
from local.catching_up.workflows import (
    OrderRuns,
    OrderStory,
    highest_numbers,
    list_orders,
    list_other_running,
    tell_stories,
)
from settings import Settings
from worker.job_workflows import TemporalJobWorkflows
from worker.order_workflows import TemporalOrderWorkflows

_PAGE = 100
# How far apart the clocks of database, Temporal and Stripe may be.
_CLOCKS = timedelta(minutes=5)
_TOLD_EVERY = 500


@dataclass(frozen=True)
class Attention:
    """What a human has to look at."""

    subject: str
    reason: str


@dataclass
class CaughtUp:
    """What was compared and what was done; a second time finds nothing to do."""

    since: datetime | None
    orders: int = 0
    advanced: int = 0
    events: int = 0
    emails: int = 0
    ended: int = 0
    counters: list[tuple[str, date, int]] = field(default_factory=list)
    lost: list[LostOrder] = field(default_factory=list)
    attention: list[Attention] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        money = any(order.changed for order in self.lost)
        return bool(self.events or self.emails or self.ended or self.counters or money)


class CatchingUp:
    """One walk over all orders that Temporal knows; no API and no worker may run meanwhile."""

    def __init__(
        self, database: Database, client: Client, payments: PaymentGateway, settings: Settings
    ) -> None:
        self._database = database
        self._client = client
        self._payments = payments
        self._settings = settings
        self._placing = PlacingActivities(database, payments)

    async def walk(self, since: datetime | None, say: Callable[[str], None]) -> CaughtUp:
        """Catch up with what has happened since the backup was taken; without that moment with everything.

        Only orders begun since then can be lost: of others that have no rows it is only told, as this may be
        the wrong database.
        """
        done = CaughtUp(since)
        from_then = None if since is None else since - _CLOCKS
        queue = self._settings.task_queue
        orders = await list_orders(self._client, queue, from_then)
        references = await self._payments_since(from_then)
        await self._advance_counters([*(runs.order_number for runs in orders), *references], done)
        async with self._database.platform() as session:
            begun = await order_steps.now(session)
        workflows = TemporalOrderWorkflows(self._client, queue)
        jobs = TemporalJobWorkflows(self._client, queue)
        again = StepsAgain(self._database, self._payments, workflows, jobs, self._settings, begun)
        for first in range(0, len(orders), _PAGE):
            if first and first % _TOLD_EVERY == 0:
                say(f"  {first:,} of {len(orders):,} orders")
            await self._page(orders[first : first + _PAGE], again, references, from_then, done)
        if from_then is not None:
            await self._others(from_then, done)
        return done

    async def _payments_since(self, since: datetime | None) -> dict[str, str]:
        """Stripe's PaymentIntents since then, by the number of the order that they were opened for."""
        found: dict[str, str] = {}
        if since is None:
            return found
        before, after = datetime.now(UTC) + _CLOCKS, None
        while True:
            page = await self._payments.list_payments(since=since, before=before, after=after, limit=100)
            for payment in page.payments:
                found.setdefault(payment.order_number, payment.reference)
            if page.next_after is None:
                return found
            after = page.next_after

    async def _advance_counters(self, order_numbers: list[str], done: CaughtUp) -> None:
        async with self._database.platform() as session:
            for (prefix, day), number in sorted(highest_numbers(order_numbers).items()):
                if await stored.advance_counter(session, prefix, day, number):
                    done.counters.append((prefix, day, number))

    async def _page(
        self,
        page: list[OrderRuns],
        again: StepsAgain,
        references: dict[str, str],
        since: datetime | None,
        done: CaughtUp,
    ) -> None:
        numbers = [runs.order_number for runs in page]
        async with self._database.platform() as session:
            orders = await stored.find_orders(session, numbers)
            placements = await stored.find_placements(session, numbers)
            prefixes = await stored.prefixes(session)
        async for story in tell_stories(self._client, page):
            done.orders += 1
            number = story.runs.order_number
            if story.problem is not None:
                done.attention.append(Attention(number, f"its history cannot be replayed: {story.problem}"))
            elif number in orders:
                await self._advance(again, orders[number], story, done)
            elif since is None or story.runs.began < since or number.partition("-")[0] not in prefixes:
                if lost.was_stored(story):
                    why = "--since was not given" if since is None else "it is older than the backup"
                    done.attention.append(Attention(number, f"no such order is stored: {why}"))
            else:
                await self._lose(story, placements.get(number), references.get(number), done)

    async def _advance(
        self, again: StepsAgain, order: stored.StoredOrder, story: OrderStory, done: CaughtUp
    ) -> None:
        applied = await again.apply(order, story)
        done.advanced += bool(applied.events or applied.emails)
        done.events += applied.events
        done.emails += applied.emails
        done.attention += [Attention(order.order_number, f"lost: {detail}") for detail in applied.details]
        if applied.problem is not None:
            done.attention.append(Attention(order.order_number, applied.problem))

    async def _lose(
        self, story: OrderStory, placement: StoredPlacement | None, reference: str | None, done: CaughtUp
    ) -> None:
        number = story.runs.order_number
        done.ended += await lost.end_workflows(self._client, story.runs)
        if placement is not None and placement.state != "refused":
            ref = PlacementRef(placement.vendor_id, placement.id, number)
            given = WithdrawPlacement(ref, code=OrderClosed.code, message=REASON)
            await self._placing.withdraw_placement(given)
        if lost.was_stored(story):
            order = await lost.settle(self._payments, story, reference)
            done.lost.append(order)
            if order.attention is not None:
                done.attention.append(Attention(number, order.attention))

    async def _others(self, since: datetime, done: CaughtUp) -> None:
        """End what works on lost messages, bulk changes and imports."""
        for execution in await list_other_running(self._client, self._settings.task_queue, since):
            handle = self._client.get_workflow_handle(execution.id, run_id=execution.run_id)
            await handle.terminate(reason="What it works on was lost when the database was restored.")
            done.ended += 1
            done.attention.append(Attention(execution.id, "was begun after the backup, and is ended"))
