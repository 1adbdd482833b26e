"""Refunds that somebody made at Stripe: booked with Stripe's reference, and never sent by us."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.messages import Actor
from activities.reversal_messages import RecordOutsideRefund
from activities.settlement import settle
from db.queries import order_steps
from db.tables import Order, Payment, Refund
from domain.lifecycle import RefundStatus
from domain.orders import OrderEventType
from domain.refunds import MADE_AT_STRIPE, outside_refund_key

_EVENTS = {
    RefundStatus.PENDING: OrderEventType.REFUND_REQUESTED,
    RefundStatus.SUCCEEDED: OrderEventType.REFUND_SUCCEEDED,
    RefundStatus.FAILED: OrderEventType.REFUND_FAILED,
}
_CROWDED_OUT = "refunded at Stripe instead"


async def book_outside_refund(session: AsyncSession, order: Order, given: RecordOutsideRefund) -> int:
    """Write the refund as it stands now; the number of the last event, the one before ours for no news."""
    listed, sequence = given.refund, given.order.sequence
    refund = await session.scalar(select(Refund).where(Refund.provider_reference == listed.reference))
    status = RefundStatus(listed.status)
    if refund is not None and refund.status == status:
        return sequence - 1
    if refund is None:
        refund = await _new_refund(session, order, given)
    refund.status = status
    refund.failure_reason = listed.failure_reason
    crowded_out = await _make_room(session, order)
    await settle(session, order)
    for number, changed in enumerate([refund, *crowded_out]):
        _add_event(session, order, sequence + number, changed, given.actor)
    return sequence + len(crowded_out)


async def _new_refund(session: AsyncSession, order: Order, given: RecordOutsideRefund) -> Refund:
    payment_id = await session.scalar(select(Payment.id).where(Payment.order_id == order.id))
    refund = Refund(
        vendor_id=order.vendor_id,
        order_id=order.id,
        payment_id=payment_id,
        refund_key=outside_refund_key(order.order_number, given.refund.reference),
        amount=given.refund.amount,
        currency=order.currency,
        reason=MADE_AT_STRIPE,
        status=given.refund.status,
        provider_reference=given.refund.reference,
    )
    session.add(refund)
    return refund


async def _make_room(session: AsyncSession, order: Order) -> list[Refund]:
    """Give up refunds of ours that were noted, not sent yet, and have no money left to be paid from."""
    statement = select(Refund).where(Refund.order_id == order.id).order_by(Refund.id.desc())
    refunds = (await session.scalars(statement)).all()
    excess = sum(row.amount for row in refunds if row.status != RefundStatus.FAILED) - order.paid_amount
    given_up = []
    for refund in refunds:
        if excess > 0 and refund.status == RefundStatus.PENDING and refund.provider_reference is None:
            refund.status = RefundStatus.FAILED
            refund.failure_reason = _CROWDED_OUT
            excess -= refund.amount
            given_up.append(refund)
    return given_up


def _add_event(session: AsyncSession, order: Order, sequence: int, refund: Refund, actor: Actor) -> None:
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=_EVENTS[RefundStatus(refund.status)],
        actor_type=actor.type,
        cause=actor.cause,
        notes=refund.reason,
        data={
            "refund_key": refund.refund_key,
            "amount": str(refund.amount),
            "failure_reason": refund.failure_reason,
        },
    )
