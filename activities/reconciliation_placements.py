"""Order numbers that were claimed and never placed: nothing may be held for them."""

from datetime import timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows
from activities.messages import PlacementRef, WithdrawPlacement
from activities.placing import PlacingActivities
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import reconciliation
from db.queries.findings import Subject
from db.queries.reconciliation import RestingPlacement
from db.session import Database
from domain.errors import OrderClosed
from domain.findings import Check
from domain.strays import compare_placement


class PlacementReconciliation:
    """Placements that nobody works on any more are withdrawn; a PaymentIntent they had is an orphan then."""

    def __init__(self, database: Database, placing: PlacingActivities, workflows: OrderWorkflows) -> None:
        self._database = database
        self._placing = placing
        self._workflows = workflows

    @activity.defn(name="check_placements")
    @at_the_boundary
    async def check_placements(self, given: CheckPage) -> CheckedPage:
        """Look at a page of placements that have rested half-way."""
        async with self._database.platform() as session:
            placements = await reconciliation.resting_placements(
                session,
                after_id=int(given.cursor or 0),
                before=given.as_of - timedelta(seconds=given.min_age),
                limit=given.limit,
            )
        tally = Tally(self._database, given)
        for placement in placements:
            activity.heartbeat()
            await self._check(placement, tally)
        tally.compared(Check.WORKFLOWS, number=len(placements))
        return tally.page(str(placements[-1].id) if len(placements) == given.limit else None)

    async def _check(self, placement: RestingPlacement, tally: Tally) -> None:
        workflow = await self._workflows.state(placement.order_number)
        finding = compare_placement(placement.state, workflow)
        if finding is None:
            return
        # The step itself looks again, under the placement's lock.
        withdrawn = await self._placing.withdraw_placement(_withdrawal(placement))
        if withdrawn.withdrawn:
            subject = Subject(placement.vendor_id, placement.order_number, placement.order_number)
            await tally.found(subject, finding, repaired=True)


def _withdrawal(placement: RestingPlacement) -> WithdrawPlacement:
    return WithdrawPlacement(
        PlacementRef(placement.vendor_id, placement.id, placement.order_number),
        code=OrderClosed.code,
        message="Placing this order was broken off; nothing was kept of it.",
        unless_placed=True,
    )
