"""Comparing what is held with what is to be shipped, and counters with their movements."""

from datetime import timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import stock, stock_comparison
from db.queries.findings import Subject
from db.queries.stock_comparison import Counters, Held
from db.session import Database
from domain.findings import Check, Finding, Repair
from domain.lifecycle import OrderStatus
from domain.strays import StockFacts, compare_reservation, compare_stock


class StockReconciliation:
    """Held pieces and counters, page by page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="check_reservations")
    @at_the_boundary
    async def check_reservations(self, given: CheckPage) -> CheckedPage:
        """Let go of what is held for orders that are final."""
        async with self._database.platform() as session:
            held = await stock_comparison.held_stock(
                session,
                after=given.cursor or "",
                since=given.as_of - timedelta(seconds=given.lookback),
                before=given.as_of - timedelta(seconds=given.min_age),
                limit=given.limit,
            )
        tally = Tally(self._database, given)
        for each in held:
            activity.heartbeat()
            finding = _judge(each)
            if finding is not None:
                repaired = finding.repair is not None and await self._let_go(each, given)
                known = each.placement is not None
                name = each.order_number if known else f"held for {each.order_number}"
                subject = Subject(each.vendor_id, name, each.order_number)
                await tally.found(subject, finding, repaired=repaired)
        tally.compared(Check.STOCK, number=len(held))
        return tally.page(held[-1].order_number if len(held) == given.limit else None)

    async def _let_go(self, held: Held, given: CheckPage) -> bool:
        """Release or ship what is still held, if that is still right; both happen once for a number."""
        before = given.as_of - timedelta(seconds=given.min_age)
        async with self._database.vendor(held.vendor_id) as session:
            again = await stock_comparison.held_for(session, order_number=held.order_number, before=before)
            finding = None if again is None else _judge(again)
            if finding is None or finding.repair is None:
                return False
            if finding.repair == Repair.SHIP_STOCK:
                await stock.ship(session, reference=held.order_number)
            else:
                await stock.release(session, reference=held.order_number)
        return True

    @activity.defn(name="check_stock")
    @at_the_boundary
    async def check_stock(self, given: CheckPage) -> CheckedPage:
        """Compare a page of counters with the sums of their movements."""
        async with self._database.platform() as session:
            counters = await stock_comparison.stock_counters(
                session, after_id=int(given.cursor or 0), limit=given.limit
            )
        tally = Tally(self._database, given)
        for each in counters:
            finding = compare_stock(_facts(each))
            if finding is not None:
                subject = Subject(each.vendor_id, f"product {each.product_id}")
                await tally.found(subject, finding, repaired=False)
        tally.compared(Check.STOCK, number=len(counters))
        return tally.page(str(counters[-1].product_id) if len(counters) == given.limit else None)


def _judge(held: Held) -> Finding | None:
    status = None if held.order_status is None else OrderStatus(held.order_status)
    return compare_reservation(held.placement, status)


def _facts(counters: Counters) -> StockFacts:
    return StockFacts(
        counters.available, counters.reserved, counters.moved_available, counters.moved_reserved
    )
