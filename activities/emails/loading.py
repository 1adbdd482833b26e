"""The facts about an order, from the database."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, ScalarSelect, select
from sqlalchemy.ext.asyncio import AsyncSession

from activities.emails.facts import ItemFacts, OrderFacts, PersonFacts, ShopFacts
from activities.emails.formatting import one_line
from db.tables import Customer, Order, OrderEvent, OrderItem, Payment, Refund, Vendor
from domain.errors import OrderNotFound
from domain.lifecycle import RefundStatus
from domain.orders import OrderEventType


async def load_order(session: AsyncSession, order_id: int, email_key: str) -> OrderFacts:
    """Everything an e-mail about this order may tell, in two statements. Raises OrderNotFound.

    `refund_issued:{refund_key}` as the e-mail's key says which refund it is about; without one it is the
    newest that succeeded.
    """
    statement = (
        select(
            Order,
            Customer.first_name,
            Customer.last_name,
            Customer.email,
            Vendor.name,
            Vendor.contact_email,
            Vendor.payment_instructions,
            Payment.decline_code,
            _cancel_refund().label("cancel_refund"),
            _refund_amount(email_key).label("refund_amount"),
        )
        .join(Customer, Customer.id == Order.customer_id)
        .join(Vendor, Vendor.id == Order.vendor_id)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(Order.id == order_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise OrderNotFound("There is no such order.")
    items = await session.scalars(
        select(OrderItem).where(OrderItem.order_id == order_id).order_by(OrderItem.position)
    )
    return _facts(row, tuple(_item(item) for item in items))


def _cancel_refund() -> ScalarSelect[Any]:
    return (
        select(OrderEvent.data["refund_amount"].astext)
        .where(OrderEvent.order_id == Order.id, OrderEvent.type == OrderEventType.ORDER_CANCELLED)
        .scalar_subquery()
    )


def _refund_amount(email_key: str) -> ScalarSelect[Decimal]:
    refund_key = email_key.partition(":")[2]
    which = Refund.refund_key == refund_key if refund_key else Refund.status == RefundStatus.SUCCEEDED
    return (
        select(Refund.amount)
        .where(Refund.order_id == Order.id, which)
        .order_by(Refund.updated_at.desc(), Refund.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _facts(row: Row[Any], items: tuple[ItemFacts, ...]) -> OrderFacts:
    order: Order = row.Order
    return OrderFacts(
        vendor_id=order.vendor_id,
        order_id=order.id,
        order_number=order.order_number,
        placed_at=order.created_at,
        payment_status=order.payment_status,
        shop=ShopFacts(one_line(row.name), row.contact_email, row.payment_instructions),
        customer=PersonFacts(one_line(row.first_name), one_line(row.last_name), row.email),
        items=items,
        currency=order.currency,
        prices_include_tax=order.prices_include_tax,
        subtotal=order.subtotal,
        shipping_cost=order.shipping_cost,
        tax_amount=order.tax_amount,
        discount_amount=order.discount_amount,
        total_amount=order.total_amount,
        paid_amount=order.paid_amount,
        payment_method=order.payment_method,
        pay_until=order.payment_expires_at,
        shipping_address=_address(order.shipping_address),
        billing_address=_address(order.billing_address),
        customer_notes=one_line(order.customer_notes) if order.customer_notes else None,
        carrier=one_line(order.carrier) if order.carrier else None,
        tracking_number=one_line(order.tracking_number) if order.tracking_number else None,
        decline_code=row.decline_code,
        cancel_reason=order.cancel_reason,
        cancel_refund=Decimal(row.cancel_refund or 0),
        refund_amount=row.refund_amount,
    )


def _item(item: OrderItem) -> ItemFacts:
    return ItemFacts(
        title=one_line(item.product_title),
        sku=one_line(item.product_sku),
        quantity=item.quantity,
        unit_price=item.unit_price,
        total_price=item.total_price,
        tax_rate=item.tax_rate,
    )


def _address(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """The lines of an envelope; the phone number is not one of them."""
    lines = (
        stored.get("company"),
        f"{stored.get('first_name') or ''} {stored.get('last_name') or ''}",
        stored.get("address_line1"),
        stored.get("address_line2"),
        f"{stored.get('postal_code') or ''} {stored.get('city') or ''}",
        stored.get("country"),
    )
    return tuple(line for line in (one_line(str(given or "")) for given in lines) if line)
