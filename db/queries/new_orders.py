"""Storing a new order: copies of lines, prices, tax and addresses as they are at this moment."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries import order_steps
from db.queries.pricing import price_cart
from db.tables import Customer, CustomerAddress, Order, OrderItem, Payment, Placement, Vendor
from domain.errors import AddressNotFound, CartChanged
from domain.lifecycle import ActorType, OrderStatus, PaymentMethod, PaymentStatus
from domain.orders import OrderEventType
from domain.pricing import PricedOrder

_ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "address_line1",
    "address_line2",
    "city",
    "postal_code",
    "country",
    "phone",
)


async def insert_order(
    session: AsyncSession, placement: Placement, *, sequence: int, expires_at: datetime
) -> Order:
    """Store a placement's order with its first event.

    Raises AddressNotFound, CartChanged (`current_total`) and whatever pricing refuses.
    """
    request = placement.request
    vendor, customer = await _parties(session, placement)
    shipping, billing = await _addresses(session, placement)
    priced = await price_cart(
        session,
        vendor=vendor,
        cart_id=placement.cart_id,
        country=str(shipping["country"]),
        shipping_method=request["shipping_method"],
        on=placement.created_at.astimezone(UTC).date(),
    )
    if priced.total_amount != placement.quoted_total:
        raise CartChanged(
            "A price has changed since the total was shown.",
            quoted_total=str(placement.quoted_total),
            current_total=str(priced.total_amount),
        )
    order = _new_order(placement, priced, vendor, customer)
    order.shipping_address, order.billing_address = shipping, billing
    order.payment_expires_at = expires_at
    session.add(order)
    await session.flush()
    await _insert_items(session, order, priced)
    if order.payment_method == PaymentMethod.MANUAL:
        session.add(_manual_payment(order))
    order_steps.add_event(
        session,
        order,
        sequence=sequence,
        event_type=OrderEventType.ORDER_PLACED,
        actor_type=ActorType.CUSTOMER,
        actor_id=order.customer_id,
        to_status=OrderStatus.PENDING,
    )
    return order


async def _addresses(session: AsyncSession, placement: Placement) -> tuple[dict[str, Any], dict[str, Any]]:
    wanted = (placement.request["shipping_address_id"], placement.request["billing_address_id"])
    statement = select(CustomerAddress).where(
        CustomerAddress.id.in_(wanted), CustomerAddress.customer_id == placement.customer_id
    )
    found = {address.id: address for address in (await session.scalars(statement)).all()}
    for address_id in wanted:
        if address_id not in found:
            raise AddressNotFound("This address is not in the address book.", address_id=address_id)
    copies = [{name: getattr(found[id_], name) for name in _ADDRESS_FIELDS} for id_ in wanted]
    return copies[0], copies[1]


async def _parties(session: AsyncSession, placement: Placement) -> tuple[Vendor, Customer]:
    statement = (
        select(Vendor, Customer)
        .join(Customer, Customer.vendor_id == Vendor.id)
        .where(Customer.id == placement.customer_id)
    )
    row = (await session.execute(statement)).one()
    return row[0], row[1]


def _new_order(placement: Placement, priced: PricedOrder, vendor: Vendor, customer: Customer) -> Order:
    request = placement.request
    return Order(
        vendor_id=placement.vendor_id,
        customer_id=placement.customer_id,
        placement_id=placement.id,
        order_number=placement.order_number,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.PENDING,
        subtotal=priced.subtotal,
        shipping_cost=priced.shipping_cost,
        tax_amount=priced.tax_amount,
        discount_amount=priced.discount_amount,
        total_amount=priced.total_amount,
        currency=priced.currency,
        prices_include_tax=vendor.prices_include_tax,
        tax_summary=[
            {"rate": str(row.rate), "base": str(row.base), "tax": str(row.tax)} for row in priced.tax_summary
        ],
        shipping_method=request["shipping_method"],
        payment_method=request["payment_method"],
        customer_notes=request.get("customer_notes"),
        ip_address=request.get("ip_address"),
        user_agent=request.get("user_agent"),
        search_document=func.order_search_document(
            placement.vendor_id,
            placement.order_number,
            customer.first_name,
            customer.last_name,
            customer.email,
        ),
    )


async def _insert_items(session: AsyncSession, order: Order, priced: PricedOrder) -> None:
    await session.execute(
        insert(OrderItem),
        [
            {
                "vendor_id": order.vendor_id,
                "order_id": order.id,
                "position": position,
                "product_id": line.product_id,
                "product_sku": line.sku,
                "product_title": line.title,
                "product_image": line.image,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "total_price": line.total_price,
                "tax_rate": line.tax_rate,
                "tax_amount": line.tax_amount,
            }
            for position, line in enumerate(priced.lines, start=1)
        ],
    )


def _manual_payment(order: Order) -> Payment:
    return Payment(
        vendor_id=order.vendor_id,
        order_id=order.id,
        provider=PaymentMethod.MANUAL,
        amount=order.total_amount,
        currency=order.currency,
        status="requires_payment_method",
    )
