"""The steps of placing an order, and the undo of all of them."""

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import PaymentGateway
from activities.messages import (
    CreatedOrder,
    CreateOrder,
    OpenedPayment,
    OpenPayment,
    PlacementRef,
    WithdrawnPlacement,
    WithdrawPlacement,
)
from db.queries import order_steps, stock
from db.queries.new_orders import insert_order
from db.queries.new_payments import store_payment
from db.queries.pricing import cart_lines, check_products, check_stock
from db.session import Database
from db.tables import Cart, CartItem, Order, OrderEvent, OrderItem, Placement
from domain.errors import CartChanged, InsufficientStock, OrderClosed
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentStatus
from domain.orders import OrderEventType, effect_key


class PlacingActivities:
    """Placing against the database and the payment provider; each step can be repeated without effect."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="reserve_stock")
    @at_the_boundary
    async def reserve_stock(self, given: PlacementRef) -> None:
        """Hold the cart's lines, all or none.

        Raises CartChanged, CartEmpty, ProductUnavailable or InsufficientStock.
        """
        async with self._database.vendor(given.vendor_id) as session:
            placement, cart_version = await _lock_placement(session, given)
            if placement.state != "claimed":
                return
            _check_cart_version(placement, cart_version)
            lines = await cart_lines(session, cart_id=placement.cart_id)
            check_products(lines)
            quantities = {line.product_id: line.quantity for line in lines}
            short = await stock.reserve(session, quantities=quantities, reference=given.order_number)
            if short:
                # Read again: the stock may have gone between the first look and the lock.
                lines = await cart_lines(session, cart_id=placement.cart_id)
                check_stock([line for line in lines if line.product_id in short])
                raise InsufficientStock("The stock is short.", product_ids=sorted(short))
            placement.state = "reserved"

    @activity.defn(name="create_order")
    @at_the_boundary
    async def create_order(self, given: CreateOrder) -> CreatedOrder:
        """Store the order with its copies of lines, prices and addresses, and empty the cart.

        Raises CartChanged when the total is not the quoted one any more, and what pricing refuses.
        """
        async with self._database.vendor(given.placement.vendor_id) as session:
            placement, cart_version = await _lock_placement(session, given.placement)
            if placement.state == "reserved":
                _check_cart_version(placement, cart_version)
                stored = await insert_order(
                    session, placement, sequence=given.sequence, expires_at=given.payment_expires_at
                )
                return CreatedOrder(stored.id, stored.total_amount, stored.currency)
            order = await _placed_order(session, placement)
            return CreatedOrder(order.id, order.total_amount, order.currency)

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
        )
        async with self._database.vendor(given.placement.vendor_id) as session:
            placement, _ = await _lock_placement(session, given.placement)
            if placement.state == "created":
                await store_payment(
                    session,
                    placement,
                    order_id=given.order_id,
                    sequence=given.sequence,
                    amount=given.amount,
                    currency=given.currency,
                    reference=intent.reference,
                    client_secret=intent.client_secret,
                    status=intent.status,
                )
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


async def _lock_placement(session: AsyncSession, ref: PlacementRef) -> tuple[Placement, int]:
    """The placement and its cart's version, both locked. Raises OrderClosed for a refused one."""
    statement = (
        select(Placement, Cart.version)
        .join(Cart, Cart.id == Placement.cart_id)
        .where(Placement.id == ref.placement_id)
        .with_for_update(of=(Placement, Cart))
    )
    placement, cart_version = (await session.execute(statement)).one()
    if placement.state == "refused":
        raise OrderClosed("This attempt to order was refused already.")
    return placement, cart_version


def _check_cart_version(placement: Placement, cart_version: int) -> None:
    if cart_version != placement.cart_version:
        raise CartChanged("The cart was changed while the order was being placed.")


async def _placed_order(session: AsyncSession, placement: Placement) -> Order:
    statement = select(Order).where(Order.placement_id == placement.id)
    return (await session.execute(statement)).scalar_one()


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
