"""Keeping what reconciliation found, counting it, and telling the orders' workflows."""

from collections import Counter
from datetime import timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import findings
from db.queries.findings import Subject
from db.session import Database
from domain.findings import Check, Finding, Repair

# These only ask somebody to look. What they should have mended and is there again needs a human.
_HOPEFUL = (Repair.TELL_WORKFLOW, Repair.TAKE_UP_AGAIN, Repair.MAIL_MESSAGE, Repair.BEGIN_JOB)
_TRIED_WITHIN = timedelta(days=1)


class Tally:
    """What one page compared and found; findings are stored as they come."""

    def __init__(self, database: Database, page: CheckPage) -> None:
        self._database = database
        self._page = page
        self._compared: Counter[str] = Counter()
        self._repaired: Counter[str] = Counter()
        self._attention: Counter[str] = Counter()

    def compared(self, *checks: Check, number: int = 1) -> None:
        """Count what was looked at."""
        for check in checks:
            self._compared[check] += number

    async def found(self, subject: Subject, finding: Finding, *, repaired: bool) -> None:
        """Keep and count a finding, after its repair."""
        async with self._database.vendor(subject.vendor_id) as session:
            if repaired and finding.repair in _HOPEFUL:
                as_of = self._page.as_of
                repaired = not await findings.was_seen(
                    session, subject, code=finding.code, since=as_of - _TRIED_WITHIN, before=as_of
                )
            await findings.record(
                session,
                subject,
                code=finding.code,
                reason=finding.reason,
                state=findings.REPAIRED if repaired else findings.ATTENTION,
            )
        (self._repaired if repaired else self._attention)[finding.code] += 1

    def page(self, next_cursor: str | None) -> CheckedPage:
        """The page's answer."""
        return CheckedPage(next_cursor, dict(self._compared), dict(self._repaired), dict(self._attention))


class FindingActivities:
    """Closing what is over, and telling workflows what needs attention."""

    def __init__(self, database: Database, workflows: OrderWorkflows) -> None:
        self._database = database
        self._workflows = workflows

    @activity.defn(name="settle_findings")
    @at_the_boundary
    async def settle_findings(self, given: CheckPage) -> CheckedPage:
        """Resolve what a whole walk has not seen again, and have workflows show what is open."""
        after = int(given.cursor or 0)
        async with self._database.platform() as session:
            rows = await findings.to_settle(
                session, after_id=after, not_seen_since=given.as_of, limit=given.limit
            )
        for row in rows:
            activity.heartbeat()
            async with self._database.vendor(row.vendor_id) as session:
                await findings.resolve(session, finding_id=row.id, not_seen_since=given.as_of)
                codes = (
                    await findings.open_codes(session, order_number=row.order_number)
                    if row.order_number is not None
                    else []
                )
            if row.order_number is not None:
                await self._workflows.tell_attention(row.order_number, codes)
            async with self._database.vendor(row.vendor_id) as session:
                await findings.mark_told(session, finding_id=row.id)
        return CheckedPage(str(rows[-1].id) if len(rows) == given.limit else None)
