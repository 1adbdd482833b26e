"""What Stripe says about a payment, and how it is booked."""

from decimal import Decimal

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway, PaymentIntentState
from activities.messages import Actor, ChangedStatus
from activities.payment_messages import (
    PaymentRef,
    PaymentState,
    RecordDecline,
    RecordPayment,
    RecordProcessing,
)
from db.queries import order_steps
from db.session import Database
from db.tables import Order, Payment
from domain.errors import PaymentRefused
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.orders import OrderEventType, effect_key


class PaymentActivities:
    """Asking the payment provider, and booking what it answered."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="check_payment")
    @at_the_boundary
    async def check_payment(self, given: PaymentRef) -> PaymentState:
        """The PaymentIntent as it is now, whatever was said about it before."""
        if given.reference is None:
            raise ValueError("a payment that was never opened cannot be asked for")
        return as_state(await self._payments.retrieve(given.reference))

    @activity.defn(name="cancel_payment")
    @at_the_boundary
    async def cancel_payment(self, given: PaymentRef) -> PaymentState:
        """Cancel the PaymentIntent unless it is through; answers how it stands afterwards.

        Without a reference it may or may not exist: opening it again under the same key finds it.
        """
        reference = given.reference or await self._find(given)
        if reference is None:
            return PaymentState("", "canceled", Decimal(0))
        if given.spare_processing:
            standing = await self._payments.retrieve(reference)
            if standing.status == "processing":
                return as_state(standing)
        return as_state(await self._payments.cancel(reference))

    async def _find(self, given: PaymentRef) -> str | None:
        try:
            opened = await self._payments.open(
                order_number=given.order_number,
                vendor_id=given.vendor_id,
                amount=given.amount,
                currency=given.currency,
                idempotency_key=effect_key(given.order_number, "open_payment"),
                capture_later=given.capture_later,
            )
        except PaymentRefused:
            # What is refused now was refused before, so there is nothing to cancel.
            return None
        return opened.reference

    @activity.defn(name="record_payment")
    @at_the_boundary
    async def record_payment(self, given: RecordPayment) -> ChangedStatus:
        """Book the money and confirm the order, in one transaction with both events."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                await order_steps.add_to_customer_totals(
                    session, order, orders=1, spent=given.state.amount_received
                )
                await book_payment(session, order, given.order.sequence, given.actor, given.state)
                order.status = OrderStatus.CONFIRMED
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
        return ChangedStatus(given.order.sequence + 1, PaymentStatus.PAID)

    @activity.defn(name="record_processing")
    @at_the_boundary
    async def record_processing(self, given: RecordProcessing) -> ChangedStatus:
        """Book that a bank is paying; an attempt that failed before counts no more."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                order.payment_status = PaymentStatus.PENDING
                await set_payment_status(session, order, given.state.status, None)
                order_steps.add_event(
                    session,
                    order,
                    sequence=given.order.sequence,
                    event_type=OrderEventType.PAYMENT_PROCESSING,
                    actor_type=given.actor.type,
                    cause=given.actor.cause,
                    data={"charge": given.state.charge},
                )
        return ChangedStatus(given.order.sequence, PaymentStatus.PENDING)

    @activity.defn(name="record_decline")
    @at_the_boundary
    async def record_decline(self, given: RecordDecline) -> ChangedStatus:
        """Book a declined attempt, and until when the customer may try again where that has changed."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                order.payment_status = PaymentStatus.FAILED
                if given.pay_until is not None:
                    order.payment_expires_at = given.pay_until
                await set_payment_status(session, order, given.state.status, given.state.decline_code)
                order_steps.add_event(
                    session,
                    order,
                    sequence=given.order.sequence,
                    event_type=OrderEventType.PAYMENT_FAILED,
                    actor_type=given.actor.type,
                    cause=given.actor.cause,
                    data={"charge": given.state.charge, "decline_code": given.state.decline_code},
                )
        return ChangedStatus(given.order.sequence, PaymentStatus.FAILED)


async def book_payment(
    session: AsyncSession,
    order: Order,
    sequence: int,
    actor: Actor,
    state: PaymentState,
    event_type: OrderEventType = OrderEventType.PAYMENT_SUCCEEDED,
) -> None:
    """Write the received money to the order and its payment, with the event."""
    # First what is a statement of its own: each writes what has changed of the order until then.
    await set_payment_status(session, order, state.status, None)
    order.payment_status = PaymentStatus.PAID
    order.paid_amount = state.amount_received
    order.paid_at = func.now()
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=event_type,
        actor_type=actor.type,
        actor_id=actor.id,
        cause=actor.cause,
        data={"amount": str(state.amount_received), "charge": state.charge},
    )


async def set_payment_status(
    session: AsyncSession, order: Order, status: str, decline_code: str | None
) -> None:
    """Write the provider's word on the payment of an order."""
    await session.execute(
        update(Payment).where(Payment.order_id == order.id).values(status=status, decline_code=decline_code)
    )


def as_state(intent: PaymentIntentState) -> PaymentState:
    """What a workflow may know of a PaymentIntent: all but its secret."""
    return PaymentState(
        intent.reference,
        intent.status,
        intent.amount_received,
        intent.charge,
        intent.decline_code,
        intent.capture_before,
        intent.cancellation_reason,
    )
