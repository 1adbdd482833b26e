"""Orders in the database, as the activities leave them."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from db.session import Database
from db.tables import (
    Cart,
    Customer,
    Dispute,
    Order,
    OrderEvent,
    OrderItem,
    OrderMessage,
    Payment,
    Placement,
    Product,
    Refund,
    Vendor,
)
from tests.builders import create_cart, create_customer, create_product, create_vendor

TOTAL = Decimal("52.46")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class OrderInShop:
    """An order with the rows around it."""

    vendor: Vendor
    customer: Customer
    order: Order


async def store_order(
    database: Database, *, email: str | None = None, vendor: Vendor | None = None, **changes: str | Decimal
) -> OrderInShop:
    """Two mugs for 52.46 EUR, paid by card, in a shop of its own unless one is given; `changes` are the
    order's columns.
    """
    vendor = vendor or await create_vendor(database, name="Acme\n& Söhne")
    customer = await create_customer(database, vendor, email=email)
    mug = await create_product(database, vendor)
    cart = await create_cart(database, vendor, customer, [(mug, 2)])
    async with database.vendor(vendor.id) as session:
        placement = _placement(vendor, customer, cart)
        session.add(placement)
        await session.flush()
        order = _order(placement, customer, changes)
        session.add(order)
        await session.flush()
        session.add(_item(order, mug))
        session.add(_payment(order))
    return OrderInShop(vendor, customer, order)


async def store_refund(
    database: Database, order: Order, *, refund_key: str, amount: str, status: str = "succeeded"
) -> None:
    """A refund of the order."""
    async with database.vendor(order.vendor_id) as session:
        payment = (await session.scalars(select(Payment.id).where(Payment.order_id == order.id))).one()
        session.add(
            Refund(
                vendor_id=order.vendor_id,
                order_id=order.id,
                payment_id=payment,
                refund_key=refund_key,
                amount=Decimal(amount),
                currency=order.currency,
                reason="cancelled",
                status=status,
            )
        )


async def store_dispute(database: Database, order: Order, *, reference: str) -> None:
    """A dispute over the whole order that waits for evidence."""
    async with database.vendor(order.vendor_id) as session:
        session.add(
            Dispute(
                vendor_id=order.vendor_id,
                order_id=order.id,
                provider_reference=reference,
                amount=order.total_amount,
                currency=order.currency,
                reason="fraudulent",
                status="needs_response",
                evidence_due_by=datetime(2026, 12, 1, tzinfo=UTC),
                opened_at=datetime(2026, 11, 22, tzinfo=UTC),
            )
        )


async def store_authorization(database: Database, order: Order) -> None:
    """The event that the order's amount was authorised."""
    async with database.vendor(order.vendor_id) as session:
        session.add(
            OrderEvent(
                vendor_id=order.vendor_id,
                order_id=order.id,
                sequence=3,
                type="payment.authorized",
                payment_status="pending",
                actor_type="system",
                data={"capture_before": "2026-11-29T14:31:00+00:00", "at_expiry": "capture"},
            )
        )


async def store_cancellation(database: Database, order: Order, *, refund_amount: str) -> None:
    """The event of the order's cancellation."""
    async with database.vendor(order.vendor_id) as session:
        session.add(
            OrderEvent(
                vendor_id=order.vendor_id,
                order_id=order.id,
                sequence=9,
                type="order.cancelled",
                from_status="confirmed",
                to_status="cancelled",
                payment_status=order.payment_status,
                actor_type="customer",
                data={"reason": "customer", "refund_amount": refund_amount},
            )
        )


def _placement(vendor: Vendor, customer: Customer, cart: Cart) -> Placement:
    number = next(_numbers)
    return Placement(
        vendor_id=vendor.id,
        customer_id=customer.id,
        cart_id=cart.id,
        cart_version=1,
        idempotency_key=f"key-{number}",
        request_hash="hash",
        request={},
        quoted_total=TOTAL,
        order_number=f"ACME-20261122-{number:05}",
        state="placed",
    )


def _order(placement: Placement, customer: Customer, changes: Mapping[str, str | Decimal]) -> Order:
    address = {
        "first_name": "Jane",
        "last_name": "Doe",
        "company": None,
        "address_line1": "1 Rue de la Gare",
        "address_line2": None,
        "postal_code": "1616",
        "city": "Luxembourg",
        "country": "LU",
        "phone": "+352 1234",
    }
    columns: dict[str, Any] = {
        "status": "confirmed",
        "payment_status": "paid",
        "subtotal": Decimal("39.80"),
        "shipping_cost": Decimal("5.90"),
        "tax_amount": Decimal("6.76"),
        "discount_amount": Decimal("0.00"),
        "total_amount": TOTAL,
        "paid_amount": TOTAL,
        "currency": "EUR",
        "prices_include_tax": False,
        "tax_summary": [],
        "shipping_method": "standard",
        "shipping_address": address,
        "billing_address": address,
        "payment_method": "stripe",
        "payment_reference": f"pi_{placement.order_number}",
        "payment_expires_at": datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
    }
    return Order(
        vendor_id=placement.vendor_id,
        customer_id=customer.id,
        placement_id=placement.id,
        order_number=placement.order_number,
        search_document=func.order_search_document(
            placement.vendor_id,
            changes.get("created_at", func.now()),
            placement.order_number,
            customer.first_name,
            customer.last_name,
            customer.email,
        ),
        **columns | dict(changes),
    )


def _item(order: Order, product: Product) -> OrderItem:
    return OrderItem(
        vendor_id=order.vendor_id,
        order_id=order.id,
        position=1,
        product_id=product.id,
        product_sku=product.sku,
        product_title=product.title,
        quantity=2,
        unit_price=product.price,
        total_price=product.price * 2,
        tax_rate=Decimal("17.00"),
        tax_amount=Decimal("6.76"),
    )


def _payment(order: Order) -> Payment:
    return Payment(
        vendor_id=order.vendor_id,
        order_id=order.id,
        provider="stripe",
        provider_reference=order.payment_reference,
        amount=order.total_amount,
        currency=order.currency,
        status="succeeded",
        decline_code="expired_card",
    )


async def store_message(database: Database, order: Order) -> int:
    """A message of the customer's; its id."""
    message = OrderMessage(
        vendor_id=order.vendor_id,
        order_id=order.id,
        author_type="customer",
        author_id=order.customer_id,
        body="Where is it?",
    )
    async with database.vendor(order.vendor_id) as session:
        session.add(message)
    return message.id
