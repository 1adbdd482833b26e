"""Authorised amounts: booked, captured, and booked as received."""

from sqlalchemy import update
from temporalio import activity

from activities.capture_messages import CapturePayment, RecordAuthorization, RecordCapture
from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway
from activities.messages import ChangedStatus
from activities.payment_messages import PaymentState
from activities.payments import as_state, book_payment
from db.queries import order_steps
from db.session import Database
from db.tables import Payment
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.orders import OrderEventType


class CaptureActivities:
    """Taking what a bank holds for an order, and booking both."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="capture_payment")
    @at_the_boundary
    async def capture_payment(self, given: CapturePayment) -> PaymentState:
        """Take the amount; answers how the PaymentIntent stands afterwards, captured or not."""
        if given.payment.reference is None:
            raise ValueError("a payment that was never opened cannot be captured")
        return as_state(
            await self._payments.capture(
                given.payment.reference,
                amount=given.amount,
                currency=given.payment.currency,
                idempotency_key=given.capture_key,
            )
        )

    @activity.defn(name="record_authorization")
    @at_the_boundary
    async def record_authorization(self, given: RecordAuthorization) -> ChangedStatus:
        """Book until when the amount is held and confirm the order; nothing is paid yet."""
        state, until = given.state, given.state.capture_before
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                order.payment_status = PaymentStatus.PENDING
                order.status = OrderStatus.CONFIRMED
                written = {"status": state.status, "decline_code": None, "capture_before": until}
                await session.execute(update(Payment).where(Payment.order_id == order.id).values(written))
                order_steps.add_event(
                    session,
                    order,
                    sequence=given.order.sequence,
                    event_type=OrderEventType.PAYMENT_AUTHORIZED,
                    actor_type=given.actor.type,
                    cause=given.actor.cause,
                    data={
                        "amount": str(order.total_amount),
                        "charge": state.charge,
                        "capture_before": None if until is None else until.isoformat(),
                        "at_expiry": given.at_expiry,
                    },
                )
                order_steps.add_event(
                    session,
                    order,
                    sequence=given.order.sequence + 1,
                    event_type=OrderEventType.ORDER_CONFIRMED,
                    actor_type=given.actor.type,
                    cause=given.actor.cause,
                    from_status=OrderStatus.PENDING,
                    to_status=OrderStatus.CONFIRMED,
                )
        return ChangedStatus(given.order.sequence + 1, PaymentStatus.PENDING)

    @activity.defn(name="record_capture")
    @at_the_boundary
    async def record_capture(self, given: RecordCapture) -> ChangedStatus:
        """Book the money; the customer's totals count the order from now on."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                await book_payment(
                    session,
                    order,
                    given.order.sequence,
                    given.actor,
                    given.state,
                    OrderEventType.PAYMENT_CAPTURED,
                )
                await order_steps.add_to_customer_totals(
                    session, order, orders=1, spent=given.state.amount_received
                )
        return ChangedStatus(given.order.sequence, PaymentStatus.PAID)
