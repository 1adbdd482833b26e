"""Placing an order in one transaction: all of it is stored, or nothing."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bench.plain.requests import PlainRequest
from bench.plain.tables import (
    ORDER_NUMBERS,
    Address,
    Cart,
    CartItem,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    OrderItem,
    Product,
    Vendor,
)
from domain.errors import AddressNotFound, CartEmpty, CartNotFound, IdempotencyKeyReused, InsufficientStock
from domain.pricing import CartLine, PricedOrder, PricingPolicy, ShippingRate, price_order

Lines = Sequence[Row[CartItem, Product]]


async def place(
    session: AsyncSession, *, vendor_id: int, customer_id: int, wanted: PlainRequest, key: str | None
) -> Order:
    """Place a cart as an order, once for each key; without one, once for each version of the cart.

    Raises CartNotFound, CartEmpty, AddressNotFound, InsufficientStock, IdempotencyKeyReused. A
    unique violation means that somebody else placed under the same key meanwhile: ask again.
    """
    cart = await _lock_cart(session, vendor_id, customer_id, wanted.session_id)
    key = key or f"cart-{cart.id}-{cart.version}"
    request_hash = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()
    placed = await _placed(session, vendor_id, customer_id, key)
    if placed is not None:
        if placed.request_hash != request_hash:
            raise IdempotencyKeyReused("This key was used for another order.")
        return placed
    lines = await _lines(session, cart)
    addresses = await _addresses(session, customer_id, wanted)
    vendor = await session.get_one(Vendor, vendor_id)
    priced = _price(lines, vendor)
    number = f"{vendor.prefix}-{datetime.now(UTC):%Y%m%d}-{await session.scalar(ORDER_NUMBERS):07}"
    await _reserve(session, lines, reference=number)
    order = Order(
        vendor_id=vendor_id,
        customer_id=customer_id,
        idempotency_key=key,
        request_hash=request_hash,
        order_number=number,
        status="pending",
        payment_status="pending",
        payment_method=wanted.payment_method,
        subtotal=priced.subtotal,
        shipping_cost=priced.shipping_cost,
        tax_amount=priced.tax_amount,
        total_amount=priced.total_amount,
        currency=priced.currency,
        shipping_address=addresses[wanted.shipping_address_id],
        billing_address=addresses[wanted.billing_address_id],
        items=_items(priced),
        events=[OrderEvent(sequence=1, type="order.placed", actor_id=customer_id)],
    )
    session.add(order)
    await session.execute(delete(CartItem).where(CartItem.cart_id == cart.id))
    await session.flush()
    return order


async def _lock_cart(session: AsyncSession, vendor_id: int, customer_id: int, session_id: str) -> Cart:
    mine = (Cart.vendor_id == vendor_id, Cart.customer_id == customer_id, Cart.session_id == session_id)
    cart = await session.scalar(select(Cart).where(*mine).with_for_update())
    if cart is None:
        raise CartNotFound("There is no such cart.")
    return cart


async def _placed(session: AsyncSession, vendor_id: int, customer_id: int, key: str) -> Order | None:
    same = (Order.vendor_id == vendor_id, Order.customer_id == customer_id, Order.idempotency_key == key)
    found: Order | None = await session.scalar(
        select(Order).where(*same).options(selectinload(Order.items), selectinload(Order.events))
    )
    return found


async def _lines(session: AsyncSession, cart: Cart) -> Lines:
    statement = select(CartItem, Product).join(Product, Product.id == CartItem.product_id)
    lines = (await session.execute(statement.where(CartItem.cart_id == cart.id).order_by(Product.id))).all()
    if not lines:
        raise CartEmpty("The cart is empty.")
    return lines


async def _addresses(
    session: AsyncSession, customer_id: int, wanted: PlainRequest
) -> dict[int, dict[str, Any]]:
    ids = {wanted.shipping_address_id, wanted.billing_address_id}
    mine = select(Address).where(Address.customer_id == customer_id, Address.id.in_(ids))
    found = {address.id: address.content for address in await session.scalars(mine)}
    if found.keys() != ids:
        raise AddressNotFound("There is no such address.")
    return found


async def _reserve(session: AsyncSession, lines: Lines, *, reference: str) -> None:
    """Take every line's pieces off the shelf; the rows are locked in the order of product ids."""
    wanted = {product.id: item.quantity for item, product in lines}
    rows = await session.scalars(
        select(Inventory)
        .where(Inventory.product_id.in_(wanted))
        .order_by(Inventory.product_id)
        .with_for_update()
    )
    for stock in rows.all():
        quantity = wanted[stock.product_id]
        if stock.available < quantity:
            raise InsufficientStock("The stock is short.", product_ids=[stock.product_id])
        stock.available -= quantity
        stock.reserved += quantity
        session.add(
            InventoryMovement(
                product_id=stock.product_id,
                type="reserved",
                available_change=-quantity,
                reserved_change=quantity,
                reference=reference,
            )
        )


def _price(lines: Lines, vendor: Vendor) -> PricedOrder:
    wanted = [
        CartLine(product.id, product.sku, product.title, None, product.price, item.quantity)
        for item, product in lines
    ]
    shipping = ShippingRate("standard", "Standard", vendor.shipping_price)
    policy = PricingPolicy(vendor.currency, prices_include_tax=False, tax_shipping=False)
    return price_order(wanted, shipping, vendor.tax_rate, policy)


def _items(priced: PricedOrder) -> list[OrderItem]:
    return [
        OrderItem(
            product_id=line.product_id,
            product_sku=line.sku,
            product_title=line.title,
            quantity=line.quantity,
            unit_price=line.unit_price,
            total_price=line.total_price,
            tax_rate=line.tax_rate,
            tax_amount=line.tax_amount,
        )
        for line in priced.lines
    ]
