"""Storing a new order: copies of lines, prices, tax and addresses as they are at this moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Numeric, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.pricing import price_cart
from db.tables import Customer, CustomerAddress, Placement, Vendor
from domain.errors import AddressNotFound, CartChanged
from domain.lifecycle import PaymentMethod
from domain.pricing import PricedLine, PricedOrder

_DOCUMENTS = ("tax_summary", "shipping_address", "billing_address", "items")
_IDS = ("vendor_id", "customer_id", "placement_id", "cart_id")
_AMOUNTS = ("subtotal", "shipping_cost", "tax_amount", "discount_amount", "total_amount")
_TEXTS = (
    "order_number",
    "currency",
    "shipping_method",
    "payment_method",
    "customer_notes",
    "ip_address",
    "user_agent",
    "first_name",
    "last_name",
    "email",
    "state",
)

# One statement for all that is written, because a shopper waits for it. The cart keeps its version: a caller
# who lost the answer finds the same placement again.
_INSERT = text("""
    WITH stored AS (
        INSERT INTO orders (
            vendor_id, customer_id, placement_id, order_number, status, payment_status, subtotal,
            shipping_cost, tax_amount, discount_amount, total_amount, currency, prices_include_tax,
            tax_summary, shipping_method, shipping_address, billing_address, payment_method,
            payment_expires_at, customer_notes, ip_address, user_agent, search_document
        ) VALUES (
            :vendor_id, :customer_id, :placement_id, :order_number, 'pending', 'pending', :subtotal,
            :shipping_cost, :tax_amount, :discount_amount, :total_amount, :currency, :prices_include_tax,
            :tax_summary, :shipping_method, :shipping_address, :billing_address, :payment_method,
            :payment_expires_at, :customer_notes, :ip_address, :user_agent,
            order_search_document(:vendor_id, :order_number, :first_name, :last_name, :email)
        ) RETURNING id
    ), lines AS (
        INSERT INTO order_items (
            vendor_id, order_id, position, product_id, product_sku, product_title, product_image, quantity,
            unit_price, total_price, tax_rate, tax_amount
        )
        SELECT :vendor_id, stored.id, line.* FROM stored, jsonb_to_recordset(:items) AS line(
            position int, product_id bigint, product_sku text, product_title text, product_image text,
            quantity int, unit_price numeric, total_price numeric, tax_rate numeric, tax_amount numeric
        )
    ), happened AS (
        INSERT INTO order_events
            (vendor_id, order_id, sequence, type, to_status, payment_status, actor_type, actor_id)
        SELECT :vendor_id, id, :sequence, 'order.placed', 'pending', 'pending', 'customer', :customer_id
        FROM stored
    ), to_pay AS (
        INSERT INTO payments (vendor_id, order_id, provider, amount, currency, status)
        SELECT :vendor_id, id, 'manual', :total_amount, :currency, 'requires_payment_method'
        FROM stored WHERE :manual
    ), emptied AS (
        DELETE FROM cart_items WHERE cart_id = :cart_id
    ), moved AS (
        UPDATE placements SET state = :state, updated_at = now() WHERE id = :placement_id
    )
    SELECT id FROM stored
""").bindparams(
    *(bindparam(name, type_=JSONB) for name in _DOCUMENTS),
    *(bindparam(name, type_=BigInteger) for name in _IDS),
    *(bindparam(name, type_=Numeric(12, 2)) for name in _AMOUNTS),
    *(bindparam(name, type_=Text) for name in _TEXTS),
    bindparam("sequence", type_=Integer),
    bindparam("prices_include_tax", type_=Boolean),
    bindparam("manual", type_=Boolean),
    bindparam("payment_expires_at", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True)
class StoredOrder:
    """A new order's id, and what it comes to."""

    id: int
    total_amount: Decimal
    currency: str


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
) -> StoredOrder:
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
    values = _values(placement, priced, vendor, customer) | {
        "shipping_address": shipping,
        "billing_address": billing,
        "payment_expires_at": expires_at,
        "sequence": sequence,
    }
    order_id = (await session.execute(_INSERT, values)).scalar_one()
    return StoredOrder(order_id, priced.total_amount, priced.currency)


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


def _values(placement: Placement, priced: PricedOrder, vendor: Vendor, customer: Customer) -> dict[str, Any]:
    request = placement.request
    manual = request["payment_method"] == PaymentMethod.MANUAL
    return {
        "vendor_id": placement.vendor_id,
        "customer_id": placement.customer_id,
        "placement_id": placement.id,
        "cart_id": placement.cart_id,
        "order_number": placement.order_number,
        "subtotal": priced.subtotal,
        "shipping_cost": priced.shipping_cost,
        "tax_amount": priced.tax_amount,
        "discount_amount": priced.discount_amount,
        "total_amount": priced.total_amount,
        "currency": priced.currency,
        "prices_include_tax": vendor.prices_include_tax,
        "tax_summary": [
            {"rate": str(row.rate), "base": str(row.base), "tax": str(row.tax)} for row in priced.tax_summary
        ],
        "shipping_method": request["shipping_method"],
        "payment_method": request["payment_method"],
        "customer_notes": request.get("customer_notes"),
        "ip_address": request.get("ip_address"),
        "user_agent": request.get("user_agent"),
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "email": customer.email,
        "items": [_item(line, position) for position, line in enumerate(priced.lines, start=1)],
        "manual": manual,
        # A manual payment needs no opening.
        "state": "placed" if manual else "created",
    }


def _item(line: PricedLine, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "product_id": line.product_id,
        "product_sku": line.sku,
        "product_title": line.title,
        "product_image": line.image,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "total_price": str(line.total_price),
        "tax_rate": str(line.tax_rate),
        "tax_amount": str(line.tax_amount),
    }
