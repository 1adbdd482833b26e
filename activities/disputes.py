"""Money that leaves a payment at Stripe's side: disputes, and refunds that somebody made there."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway
from activities.messages import Actor
from activities.outside_refunds import book_outside_refund
from activities.payment_messages import PaymentRef
from activities.refund_requests import note_refund
from activities.reversal_messages import (
    DisputeState,
    RecordDispute,
    RecordedReversal,
    RecordOutsideRefund,
    Reversals,
)
from activities.settlement import settle
from db.queries import order_steps
from db.queries.refundable import left_to_refund
from db.session import Database
from db.tables import Dispute, Order, OrderEvent, Refund
from domain.disputes import DisputeOutcome, outcome_of
from domain.lifecycle import OrderStatus, RefundStatus
from domain.orders import OrderEventType

_OUTCOME_EVENTS = {
    DisputeOutcome.WON: OrderEventType.DISPUTE_WON,
    DisputeOutcome.LOST: OrderEventType.DISPUTE_LOST,
}


class ReversalActivities:
    """Asking the payment provider what left a payment again, and booking it."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="check_reversals")
    @at_the_boundary
    async def check_reversals(self, given: PaymentRef) -> Reversals:
        """The payment's refunds and disputes as they are now, whatever was said about them before."""
        if given.reference is None:
            raise ValueError("a payment that was never opened cannot be asked for")
        return Reversals(
            await self._payments.list_refunds(given.reference),
            await self._payments.list_disputes(given.reference),
        )

    @activity.defn(name="record_outside_refund")
    @at_the_boundary
    async def record_outside_refund(self, given: RecordOutsideRefund) -> RecordedReversal:
        """Book a refund that was made at Stripe; how it stands is known already changes nothing."""
        ref = given.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is not None:
                return await _recorded_before(session, order)
            last = await book_outside_refund(session, order, given)
            return RecordedReversal(last >= ref.sequence, last, order.payment_status)

    @activity.defn(name="record_dispute")
    @at_the_boundary
    async def record_dispute(self, given: RecordDispute) -> RecordedReversal:
        """Book how a dispute stands; what is known already changes nothing."""
        ref = given.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is not None:
                return await _recorded_before(session, order)
            return await _book(session, order, given)


async def _recorded_before(session: AsyncSession, order: Order) -> RecordedReversal:
    """What the step did when it was applied and its answer was lost: it wrote the order's last events."""
    statement = (
        select(OrderEvent.sequence, OrderEvent.type)
        .where(OrderEvent.order_id == order.id)
        .order_by(OrderEvent.sequence.desc())
        .limit(1)
    )
    last = (await session.execute(statement)).one()
    noted = last.type == OrderEventType.REFUND_REQUESTED and await _is_noted_by_us(session, order)
    return RecordedReversal(True, last.sequence, order.payment_status, refund_noted=noted)


async def _is_noted_by_us(session: AsyncSession, order: Order) -> bool:
    newest = select(func.max(Refund.id)).where(Refund.order_id == order.id).scalar_subquery()
    unsent = select(Refund.provider_reference.is_(None)).where(Refund.id == newest)
    return bool(await session.scalar(unsent))


async def _book(session: AsyncSession, order: Order, given: RecordDispute) -> RecordedReversal:
    state, sequence = given.dispute, given.order.sequence
    dispute = await session.scalar(select(Dispute).where(Dispute.provider_reference == state.reference))
    events = _events(dispute, state)
    if not events:
        return RecordedReversal(False, sequence - 1, order.payment_status)
    if dispute is None:
        dispute = Dispute(
            vendor_id=order.vendor_id,
            order_id=order.id,
            provider_reference=state.reference,
            opened_at=state.opened_at,
        )
        session.add(dispute)
    await _write(session, dispute, state)
    await settle(session, order)
    for number, event_type in enumerate(events):
        _add_event(session, order, sequence + number, event_type, given.actor, state)
    last = sequence + len(events) - 1
    noted = OrderEventType.DISPUTE_WON in events and await _refund_what_waited(
        session, order, given, last + 1
    )
    return RecordedReversal(True, last + noted, order.payment_status, refund_noted=noted)


def _events(known: Dispute | None, state: DisputeState) -> list[OrderEventType]:
    """What happened since the dispute was last looked at; one may be over when it is first seen."""
    outcome = outcome_of(state.status)
    closed = [] if outcome is None else [_OUTCOME_EVENTS[outcome]]
    if known is None:
        return [OrderEventType.DISPUTE_OPENED, *closed]
    before = (known.amount, known.reason, known.status, known.evidence_due_by)
    if before == (state.amount, state.reason, state.status, state.evidence_due_by):
        return []
    return closed if closed and known.outcome != outcome else [OrderEventType.DISPUTE_UPDATED]


async def _write(session: AsyncSession, dispute: Dispute, state: DisputeState) -> None:
    outcome = outcome_of(state.status)
    dispute.amount = state.amount
    dispute.currency = state.currency
    dispute.reason = state.reason
    dispute.status = state.status
    dispute.evidence_due_by = state.evidence_due_by
    if outcome != dispute.outcome:
        dispute.closed_at = None if outcome is None else await order_steps.now(session)
    dispute.outcome = outcome


async def _refund_what_waited(
    session: AsyncSession, order: Order, given: RecordDispute, sequence: int
) -> bool:
    """Note what a cancelled order owes once its dispute gives the money free; whether anything was noted.

    A refund of it that failed before waits for an operator, who sends that one again.
    """
    left = left_to_refund(order)
    failed = select(Refund.id).where(Refund.order_id == order.id, Refund.status == RefundStatus.FAILED)
    if (
        order.status != OrderStatus.CANCELLED
        or left == 0
        or await session.scalar(failed.limit(1)) is not None
    ):
        return False
    await note_refund(
        session,
        order,
        sequence=sequence,
        actor=given.actor,
        refund_key=given.refund_key,
        amount=left,
        reason="cancelled",
    )
    return True


def _add_event(
    session: AsyncSession,
    order: Order,
    sequence: int,
    event_type: OrderEventType,
    actor: Actor,
    state: DisputeState,
) -> None:
    due_by = state.evidence_due_by
    data: dict[str, Any] = {
        "dispute": state.reference,
        "amount": str(state.amount),
        "reason": state.reason,
        "status": state.status,
        "evidence_due_by": None if due_by is None else due_by.isoformat(),
    }
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=event_type,
        actor_type=actor.type,
        cause=actor.cause,
        data=data,
    )
