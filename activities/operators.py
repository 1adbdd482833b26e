"""What operators have done to an order, each one transaction with the event that says who and why."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.emails.facts import EmailKind
from activities.errors import at_the_boundary
from activities.messages import Actor
from activities.operator_messages import (
    EmailToResend,
    ExtendDeadline,
    ForceRefund,
    OperatorNote,
    ReleasedStock,
    ResendEmail,
)
from activities.payment_messages import RequestedRefund
from activities.refund_requests import note_refund
from db.queries import order_steps, stock
from db.queries.refundable import reversals_of
from db.session import Database
from db.tables import Email, Order
from domain.errors import RefundExceedsRemaining, TransitionNotAllowed
from domain.lifecycle import ActorType, OrderStatus, PaymentStatus
from domain.orders import OrderEventType, effect_key
from domain.refunds import check_refund, refundable_amount
from domain.waiting import Step

_AGAIN = "again"
_HOLDING = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


class OperatorActivities:
    """An operator's word on an order; each step can be repeated without effect."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="note_retry")
    @at_the_boundary
    async def note_retry(self, given: OperatorNote) -> None:
        """Write down that steps were tried at once; trying them is the workflow's."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is None:
                _add_event(session, order, OrderEventType.OPERATOR_RETRY_STEP, given)

    @activity.defn(name="extend_deadline")
    @at_the_boundary
    async def extend_deadline(self, given: ExtendDeadline) -> None:
        """Write down the new deadline; the customer's time to pay is moved with it."""
        ref = given.note.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is None:
                if given.step in (Step.PAYMENT, Step.CONFIRMATION):
                    order.payment_expires_at = given.until
                until = _rfc3339(given.until)
                _add_event(
                    session,
                    order,
                    OrderEventType.OPERATOR_EXTEND_DEADLINE,
                    given.note,
                    step=given.step,
                    until=until,
                )

    @activity.defn(name="resend_email")
    @at_the_boundary
    async def resend_email(self, given: ResendEmail) -> EmailToResend:
        """The newest e-mail of a kind that left, or that the server refused, under a new key.

        Raises TransitionNotAllowed when there is none, or when its time is over.
        """
        ref = given.note.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is not None:
                return EmailToResend(applied.data["email_key"], applied.data["about"])
            about = await _sent_before(session, order, given.kind)
            key = effect_key(about, _AGAIN, ref.sequence)
            event = OrderEventType.OPERATOR_RESEND_EMAIL
            _add_event(session, order, event, given.note, email_key=key, about=about)
            return EmailToResend(key, about)

    @activity.defn(name="force_refund")
    @at_the_boundary
    async def force_refund(self, given: ForceRefund) -> RequestedRefund:
        """Note a refund that an operator answers for, in two events: theirs, and the refund's.

        Raises InvalidAmount, and RefundExceedsRemaining with what is left.
        """
        ref = given.note.order
        async with self._database.vendor(ref.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, ref.order_id, ref.sequence)
            if applied is not None:
                return RequestedRefund(Decimal(applied.data["amount"]), order.payment_status)
            amount = await _amount(session, order, given.amount)
            event = OrderEventType.OPERATOR_FORCE_REFUND
            _add_event(session, order, event, given.note, amount=str(amount), refund_key=given.refund_key)
            await note_refund(
                session,
                order,
                sequence=ref.sequence + 1,
                actor=_actor(given.note),
                refund_key=given.refund_key,
                amount=amount,
                reason=given.note.reason,
            )
            return RequestedRefund(amount, order.payment_status)

    @activity.defn(name="release_stock")
    @at_the_boundary
    async def release_stock(self, given: OperatorNote) -> ReleasedStock:
        """Give back what the order holds. Raises TransitionNotAllowed where that is nothing."""
        async with self._database.vendor(given.order.vendor_id) as session:
            order, applied = await order_steps.lock_order(session, given.order.order_id, given.order.sequence)
            if applied is not None:
                return ReleasedStock(int(applied.data["pieces"]))
            if order.status not in _HOLDING:
                raise TransitionNotAllowed(
                    f"An order that is {order.status} holds no stock.", status=order.status
                )
            pieces = await stock.release(session, reference=order.order_number)
            if pieces == 0:
                raise TransitionNotAllowed("This order holds no stock any more.", status=order.status)
            _add_event(session, order, OrderEventType.OPERATOR_RELEASE_STOCK, given, pieces=str(pieces))
            return ReleasedStock(pieces)


async def _sent_before(session: AsyncSession, order: Order, kind: str) -> str:
    """The key that the newest e-mail of a kind had when it was sent for the first time."""
    statement = (
        select(Email.email_key)
        .where(Email.order_id == order.id, Email.kind == kind)
        .where(or_(Email.sent_at.is_not(None), Email.failure.is_not(None)))
        .order_by(Email.id.desc())
        .limit(1)
    )
    key = await session.scalar(statement)
    if key is None:
        raise TransitionNotAllowed(f"No e-mail {kind} was sent for this order.")
    waiting = (PaymentStatus.PENDING, PaymentStatus.FAILED)
    if kind == EmailKind.PAYMENT_FAILED and order.payment_status not in waiting:
        raise TransitionNotAllowed(
            f"Nobody is asked to pay an order whose payment is {order.payment_status}.",
            status=order.payment_status,
        )
    return key.partition(f":{_AGAIN}:")[0]


async def _amount(session: AsyncSession, order: Order, wanted: Decimal | None) -> Decimal:
    refunds, disputes = await reversals_of(session, order)
    left = refundable_amount(order.paid_amount, refunds, disputes)
    if wanted is None and left == 0:
        raise RefundExceedsRemaining("Nothing is left to refund.", refundable_amount="0.00")
    amount = left if wanted is None else wanted
    check_refund(amount, order.paid_amount, refunds, order.currency, disputes)
    return amount


def _actor(note: OperatorNote) -> Actor:
    return Actor(ActorType.SYSTEM, cause=f"operator:{note.operator}")


def _add_event(
    session: AsyncSession, order: Order, event: OrderEventType, note: OperatorNote, **told: str
) -> None:
    order_steps.add_event(
        session,
        order,
        sequence=note.order.sequence,
        event_type=event,
        actor_type=ActorType.SYSTEM,
        cause=_actor(note).cause,
        data={"operator": note.operator, "reason": note.reason} | note.data | told,
    )


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
