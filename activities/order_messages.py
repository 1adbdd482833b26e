"""Messages between customers and vendors: noting that one was mailed, and finding those that were not."""

from datetime import timedelta

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows
from activities.messages import MessageRef
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import messages
from db.queries.findings import Subject
from db.session import Database
from domain.findings import Check, Code, Finding, Repair


class MessageActivities:
    """What the workflow that mails a message writes down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="note_message_mailed")
    @at_the_boundary
    async def note_message_mailed(self, given: MessageRef) -> None:
        """The other side has been told."""
        async with self._database.vendor(given.vendor_id) as session:
            await messages.mark_notified(session, message_id=given.message_id)


class MessageReconciliation:
    """Messages that were written while Temporal was away, or whose workflow was lost."""

    def __init__(self, database: Database, workflows: OrderWorkflows) -> None:
        self._database = database
        self._workflows = workflows

    @activity.defn(name="check_messages")
    @at_the_boundary
    async def check_messages(self, given: CheckPage) -> CheckedPage:
        """Have those mailed that nobody mails; one that a mail server keeps waiting is on its way."""
        async with self._database.platform() as session:
            found = await messages.unnotified_messages(
                session,
                after_id=int(given.cursor or 0),
                before=given.as_of - timedelta(seconds=given.min_age),
                limit=given.limit,
            )
        tally = Tally(self._database, given)
        for message in found:
            activity.heartbeat()
            started = await self._workflows.mail_message(
                vendor_id=message.vendor_id,
                order_id=message.order_id,
                order_number=message.order_number,
                message_id=message.id,
                author=message.author,
            )
            if started:
                reason = f"nobody has mailed message {message.id}"
                finding = Finding(Code.MESSAGE_NOT_NOTIFIED, reason, Repair.MAIL_MESSAGE)
                number = message.order_number
                subject = Subject(message.vendor_id, f"message {message.id}", number, message.order_id)
                await tally.found(subject, finding, repaired=True)
        tally.compared(Check.RECORDS, number=len(found))
        return tally.page(str(found[-1].id) if len(found) == given.limit else None)
