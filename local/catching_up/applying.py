"""Running again, in their order, the steps of a workflow that a restored database lacks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from temporalio.exceptions import ApplicationError

from activities.gateways.mail import OutgoingEmail
from activities.gateways.payments import PaymentGateway
from db.queries.new_payments import store_payment
from db.session import Database
from local.catching_up import stored
from local.catching_up.recording import AskedStep
from local.catching_up.sorting import MAILED, PAYMENT_OPENED, STORED, event_number
from local.catching_up.stored import StoredOrder
from local.catching_up.workflows import OrderStory
from settings import Settings
from worker.composition import activities
from worker.job_workflows import TemporalJobWorkflows
from worker.order_workflows import TemporalOrderWorkflows
from workflows import steps

_LOST = "Its details were lost with the database."


@dataclass
class Applied:
    """What was run again for an order; `details` names what the histories do not have."""

    events: int = 0
    emails: int = 0
    details: list[str] = field(default_factory=list)
    problem: str | None = None


class _AlreadySent:
    """A mail server for e-mails that went out before: they are noted and not sent."""

    async def send(self, email: OutgoingEmail, *, begin_within: float | None = None) -> None:
        del email, begin_within


class StepsAgain:
    """The worker's own activities, without mail; each of them has its effect once.

    `begun` is the database's time at which catching up began: what is dated later was written by it.
    """

    def __init__(
        self,
        database: Database,
        payments: PaymentGateway,
        workflows: TemporalOrderWorkflows,
        jobs: TemporalJobWorkflows,
        settings: Settings,
        begun: datetime,
    ) -> None:
        self._database = database
        self._payments = payments
        self._begun = begun
        functions = activities(database, payments, _AlreadySent(), workflows, jobs, settings)
        self._functions: dict[str, Callable[[Any], Awaitable[Any]]] = {
            function.__name__: function for function in functions
        }

    async def apply(self, order: StoredOrder, story: OrderStory) -> Applied:
        """Bring an order's rows to where its workflow is, as far as that goes."""
        applied = Applied()
        last = order.last_event
        for step in story.done:
            try:
                if step.name in MAILED:
                    applied.emails += await self._note_sent(order, step)
                elif step.name == PAYMENT_OPENED:
                    await self._store_payment(order, step, last)
                elif step.name in STORED:
                    await self._store(order, step, last, applied)
            except ApplicationError as error:
                applied.problem = f"{step.name} cannot be run again: {error.message}"
            if applied.problem is not None:
                break
            last = await self._date(order, step, last, applied)
        return applied

    async def _note_sent(self, order: StoredOrder, step: AskedStep) -> int:
        """Note the e-mails of a step as sent at its time; returns how many were not noted before."""
        if step.answer is False:  # a busy worker put them off
            return 0
        noted = 0
        for email in getattr(step.given, "emails", (step.given,)):
            if email.email_key in order.sent:
                continue
            await self._functions[steps.SEND_EMAIL.name](email)
            async with self._database.platform() as session:
                noted += await stored.date_email(
                    session, order, email.email_key, at=step.at, begun=self._begun
                )
        return noted

    async def _store_payment(self, order: StoredOrder, step: AskedStep, last: int) -> None:
        """As `open_payment` does, with the PaymentIntent that it made: Stripe forgets its key after a day."""
        given = step.given
        if given.sequence <= last:
            return
        intent = await self._payments.retrieve(step.answer.reference)
        async with self._database.direct(order.vendor_id) as direct:
            await store_payment(
                direct,
                vendor_id=order.vendor_id,
                placement_id=given.placement.placement_id,
                order_id=order.id,
                sequence=given.sequence,
                amount=given.amount,
                currency=given.currency,
                reference=intent.reference,
                client_secret=intent.client_secret,
                status=intent.status,
            )

    async def _store(self, order: StoredOrder, step: AskedStep, last: int, applied: Applied) -> None:
        number = event_number(step.given)
        if number is not None and number <= last:
            return  # numbers have no gap, so the step was applied
        await self._keep_command(order, step, applied)
        answer = await self._functions[step.name](step.given)
        if answer != step.answer:
            applied.problem = f"{step.name} now answers {answer}, and the workflow was told {step.answer}"

    async def _keep_command(self, order: StoredOrder, step: AskedStep, applied: Applied) -> None:
        """Make up for the lost command behind a step; what it said in words is gone."""
        command_id = getattr(step.given, "command_id", None)
        actor = getattr(step.given, "actor", None)
        if command_id is None or actor is None:
            return
        refund = step.name == steps.REQUEST_REFUND.name
        body = {"reason": _LOST, "amount": str(step.answer.amount)} if refund else {}
        async with self._database.vendor(order.vendor_id) as session:
            lost = await stored.keep_lost_command(
                session, order, command_id, kind=step.name, actor=actor, body=body
            )
        if lost and refund:
            applied.details.append(f"which pieces, if any, the refund {step.given.refund_key} was for")
        elif lost and getattr(step.given, "to_status", None) == "shipped":
            applied.details.append("carrier and tracking number")

    async def _date(self, order: StoredOrder, step: AskedStep, last: int, applied: Applied) -> int:
        """Give what the step wrote its own time; returns the order's last event."""
        if step.name not in STORED and step.name != PAYMENT_OPENED:
            return last
        async with self._database.platform() as session:
            now = await stored.last_event(session, order)
            if now > last:
                await stored.date_step(session, order, after=last, at=step.at, begun=self._begun)
        applied.events += now - last
        return now
