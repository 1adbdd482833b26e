"""Refunds: sent to the payment provider, and booked as they turn out; and money that came too late."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway
from activities.messages import ChangedStatus, LateNotice, OrderSnapshot
from activities.payment_messages import (
    BookLatePayment,
    RecordedRefund,
    RecordRefund,
    RefundPayment,
    RefundState,
)
from activities.payments import book_payment
from activities.refund_requests import note_refund
from activities.settlement import settle
from db.queries import order_steps
from db.session import Database
from db.tables import Order, OrderEvent, Payment, Refund
from domain.errors import OrderNotFound, PaymentRefused
from domain.lifecycle import PaymentMethod, RefundStatus
from domain.orders import OrderEventType
from domain.refunds import attempt_key, is_ours

_EVENTS = {
    RefundStatus.SUCCEEDED: OrderEventType.REFUND_SUCCEEDED,
    RefundStatus.FAILED: OrderEventType.REFUND_FAILED,
}


class RefundActivities:
    """Refunds against the payment provider and the database."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="refund_payment")
    @at_the_boundary
    async def refund_payment(self, given: RefundPayment) -> RefundState:
        """Have a noted refund paid, or ask how it stands when it was sent before.

        The key, with the attempt from the second on, is Stripe's idempotency key: the same attempt is
        never paid twice. A manual payment is given back by the vendor by hand and is only booked. What Stripe
        refuses for good, such as a refund of a disputed payment, is a failed refund and not an error: the
        order goes on, and an operator decides.
        """
        async with self._database.reading(given.vendor_id) as session:
            statement = (
                select(Refund, Payment, Order.order_number)
                .join(Payment, Payment.id == Refund.payment_id)
                .join(Order, Order.id == Refund.order_id)
                .where(Refund.refund_key == given.refund_key)
            )
            refund, payment, order_number = (await session.execute(statement)).one()
        if payment.provider == PaymentMethod.MANUAL or payment.provider_reference is None:
            return RefundState(None, RefundStatus.SUCCEEDED)
        if refund.provider_reference is not None and refund.status != RefundStatus.FAILED:
            return await self._payments.retrieve_refund(refund.provider_reference)
        if refund.provider_reference is None and refund.status == RefundStatus.FAILED:
            return RefundState(None, RefundStatus.FAILED, refund.failure_reason)
        try:
            return await self._payments.refund(
                order_number=order_number,
                reference=payment.provider_reference,
                amount=refund.amount,
                currency=refund.currency,
                refund_key=attempt_key(refund.refund_key, refund.attempt),
            )
        except PaymentRefused as refusal:
            return RefundState(None, RefundStatus.FAILED, str(refusal.fields.get("provider_code")))

    @activity.defn(name="record_refund")
    @at_the_boundary
    async def record_refund(self, given: RecordRefund) -> RecordedRefund:
        """Book how a refund stands; a state that is booked already changes nothing."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is not None:
                return RecordedRefund(True, order.payment_status)
            changed = await _book(session, order, given)
            return RecordedRefund(changed, order.payment_status)

    @activity.defn(name="find_order")
    @at_the_boundary
    async def find_order(self, given: LateNotice) -> OrderSnapshot:
        """The stored order behind a notice that came after its workflow had ended."""
        async with self._database.reading(given.vendor_id) as session:
            last = (
                select(func.max(OrderEvent.sequence)).where(OrderEvent.order_id == Order.id).scalar_subquery()
            )
            statement = select(Order, last).where(Order.order_number == given.order_number)
            row = (await session.execute(statement)).one_or_none()
            if row is None:
                raise OrderNotFound("There is no such order.")
            order, sequence = row
            keys = select(Refund.refund_key).where(Refund.order_id == order.id).order_by(Refund.id)
            refund_keys = [key for key in await session.scalars(keys) if is_ours(order.order_number, key)]
        return OrderSnapshot(
            order.id,
            sequence,
            order.status,
            order.payment_status,
            order.payment_reference,
            order.total_amount,
            order.currency,
            order.paid_amount,
            order.payment_method,
            refund_keys,
        )

    @activity.defn(name="book_late_payment")
    @at_the_boundary
    async def book_late_payment(self, given: BookLatePayment) -> ChangedStatus:
        """Book money that arrived for a cancelled order together with its refund in full."""
        ref = given.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is None:
                await book_payment(session, order, ref.sequence, given.actor, given.state)
                amount = given.state.amount_received
                await note_refund(
                    session,
                    order,
                    sequence=ref.sequence + 1,
                    actor=given.actor,
                    refund_key=given.refund_key,
                    amount=amount,
                    reason="paid after cancellation",
                )
            return ChangedStatus(ref.sequence + 1, order.payment_status)


async def _book(session: AsyncSession, order: Order, given: RecordRefund) -> bool:
    refund = await order_steps.refund_by_key(session, given.refund_key)
    refund.provider_reference = given.state.reference
    status = RefundStatus(given.state.status)
    if refund.status == status:
        return False
    refund.status = status
    refund.failure_reason = given.state.failure_reason
    await settle(session, order)
    if status in _EVENTS:
        order_steps.add_event(
            session,
            order,
            sequence=given.order.sequence,
            event_type=_EVENTS[status],
            actor_type="system",
            data={
                "refund_key": given.refund_key,
                "amount": str(refund.amount),
                "failure_reason": given.state.failure_reason,
            },
        )
        return True
    return False
