"""The steps of placing an order, and the undo of all of them."""

from sqlalchemy import BigInteger, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway
from activities.messages import (
    CreatedOrder,
    CreateOrder,
    OpenedPayment,
    OpenPayment,
    WithdrawnPlacement,
    WithdrawPlacement,
)
from db.direct import Direct
from db.queries import new_orders, order_steps, stock
from db.queries.new_orders import NewOrder, find_created, insert_order, lock_placement
from db.queries.new_payments import store_payment
from db.queries.pricing import check_products, price_lines
from db.session import Database
from db.tables import Cart, CartItem, Order, OrderEvent, OrderItem, Placement
from domain.errors import CartChanged, DomainError, rebuild
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentStatus
from domain.orders import OrderEventType, effect_key

_REFUSAL = select(Placement.refusal).where(Placement.id == bindparam("placement_id", type_=BigInteger))


class PlacingActivities:
    """Placing against the database and the payment provider; each step can be repeated without effect."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="create_order")
    @at_the_boundary
    async def create_order(self, given: CreateOrder) -> CreatedOrder:
        """Hold the stock of all lines, store the order with its copies of them, and empty the cart.

        Raises CartChanged, also where the total is not the quoted one any more, CartEmpty,
        ProductUnavailable, InsufficientStock, and what pricing refuses.
        """
        async with self._database.direct(given.placement.vendor_id) as direct:
            new = await lock_placement(direct, placement_id=given.placement.placement_id)
            if new.state == "refused":
                raise await _refusal(direct, given.placement.placement_id)
            if new.state == "claimed":
                created = await _create(direct, new, given)
            else:
                created = await find_created(direct, placement_id=new.placement_id)
            return CreatedOrder(created.id, created.total_amount, created.currency)

    @activity.defn(name="open_payment")
    @at_the_boundary
    async def open_payment(self, given: OpenPayment) -> OpenedPayment:
        """Create the PaymentIntent, the only one of its order by its idempotency key, and store it."""
        number = given.placement.order_number
        intent = await self._payments.open(
            order_number=number,
            vendor_id=given.placement.vendor_id,
            amount=given.amount,
            currency=given.currency,
            idempotency_key=effect_key(number, "open_payment"),
            capture_later=given.capture_later,
        )
        async with self._database.direct(given.placement.vendor_id) as direct:
            state = await store_payment(
                direct,
                vendor_id=given.placement.vendor_id,
                placement_id=given.placement.placement_id,
                order_id=given.order_id,
                sequence=given.sequence,
                amount=given.amount,
                currency=given.currency,
                reference=intent.reference,
                client_secret=intent.client_secret,
                status=intent.status,
            )
            if state == "refused":
                raise await _refusal(direct, given.placement.placement_id)
        return OpenedPayment(intent.reference)

    @activity.defn(name="withdraw_placement")
    @at_the_boundary
    async def withdraw_placement(self, given: WithdrawPlacement) -> WithdrawnPlacement:
        """Undo every stored effect of placing at once, and keep the refusal for whoever asks again.

        The placement being refused stops a step that is still under way from taking effect afterwards.
        """
        async with self._database.vendor(given.placement.vendor_id) as session:
            placement = await session.get_one(Placement, given.placement.placement_id, with_for_update=True)
            order = await session.scalar(select(Order).where(Order.placement_id == placement.id))
            if given.unless_placed and placement.state == "placed":
                return WithdrawnPlacement(order_created=order is not None, withdrawn=False)
            if placement.state != "refused":
                await stock.release(session, reference=given.placement.order_number)
                if order is not None:
                    await _cancel_withdrawn(session, order)
                    await _refill_cart(session, order, placement.cart_id)
                placement.state = "refused"
                placement.refusal = {"code": given.code, "message": given.message, "fields": given.fields}
                # A cart that has moved on belongs to a later attempt, which this one must not knock out.
                mine = (Cart.id == placement.cart_id, Cart.version == placement.cart_version)
                await session.execute(update(Cart).where(*mine).values(version=Cart.version + 1))
            return WithdrawnPlacement(order_created=order is not None)


async def _create(direct: Direct, new: NewOrder, given: CreateOrder) -> new_orders.CreatedOrder:
    if new.cart_changed:
        raise CartChanged("The cart was changed while the order was being placed.")
    check_products(new.lines)
    priced = price_lines(new.lines, new.terms, shipping_method=new.request["shipping_method"])
    if priced.total_amount != new.quoted_total:
        raise CartChanged(
            "A price has changed since the total was shown.",
            quoted_total=str(new.quoted_total),
            current_total=str(priced.total_amount),
        )
    return await insert_order(
        direct, new, priced, sequence=given.sequence, expires_at=given.payment_expires_at
    )


async def _refusal(direct: Direct, placement_id: int) -> DomainError:
    """What was kept when the attempt was refused: who asks again is told the same."""
    kept = (await direct.one(_REFUSAL, {"placement_id": placement_id})).refusal
    return rebuild(kept["code"], kept["message"], kept["fields"])


async def _cancel_withdrawn(session: AsyncSession, order: Order) -> None:
    last = await session.scalar(select(func.max(OrderEvent.sequence)).where(OrderEvent.order_id == order.id))
    order.status = OrderStatus.CANCELLED
    order.payment_status = PaymentStatus.VOIDED
    order.cancel_reason = CancelReason.PAYMENT_FAILED
    order_steps.add_event(
        session,
        order,
        sequence=(last or 0) + 1,
        event_type=OrderEventType.ORDER_CANCELLED,
        actor_type=ActorType.SYSTEM,
        cause="placement withdrawn",
        from_status=OrderStatus.PENDING,
        to_status=OrderStatus.CANCELLED,
    )


async def _refill_cart(session: AsyncSession, order: Order, cart_id: int) -> None:
    present = set(
        (await session.scalars(select(CartItem.product_id).where(CartItem.cart_id == cart_id))).all()
    )
    items = (await session.scalars(select(OrderItem).where(OrderItem.order_id == order.id))).all()
    session.add_all(
        CartItem(
            vendor_id=order.vendor_id, cart_id=cart_id, product_id=item.product_id, quantity=item.quantity
        )
        for item in items
        if item.product_id not in present
    )
