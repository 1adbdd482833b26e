"""Storing a new order: copies of lines, prices, tax and addresses as they are at this moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Numeric, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from db.direct import Direct
from db.queries import stock
from db.queries.cart_lines import CartProduct, lines_of, read_lines
from db.queries.checkouts import SaleTerms, read_terms, sale_terms
from db.queries.pricing import check_stock
from db.tables import Order
from domain.errors import InsufficientStock
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

# One statement for all that is written, because a shopper waits for it. The stock's rows are everybody's and
# held until the transaction ends, so nothing but the commit comes after it. The cart keeps its version: a
# caller who lost the answer finds the same placement again.
_INSERT = text(f"""
    WITH {stock.RESERVING}, stored AS (
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
    ), advanced AS (
        UPDATE placements SET state = :state, updated_at = now() WHERE id = :placement_id
    )
    SELECT id, ARRAY(SELECT product_id FROM held) AS held FROM stored
""").bindparams(  # noqa: S608 -- a constant of this floor
    *stock.PIECES,
    *(bindparam(name, type_=JSONB) for name in _DOCUMENTS),
    *(bindparam(name, type_=BigInteger) for name in _IDS),
    *(bindparam(name, type_=Numeric(12, 2)) for name in _AMOUNTS),
    *(bindparam(name, type_=Text) for name in _TEXTS),
    bindparam("sequence", type_=Integer),
    bindparam("prices_include_tax", type_=Boolean),
    bindparam("manual", type_=Boolean),
    bindparam("payment_expires_at", type_=DateTime(timezone=True)),
)


_LOCK = text(f"""
    SELECT p.id, p.vendor_id, p.customer_id, p.cart_id, p.cart_version, p.quoted_total, p.request,
           p.order_number, p.state, c.version AS version_now, k.first_name, k.last_name, k.email,
           {lines_of("c.id")} AS lines, {
    sale_terms(
        customer="p.customer_id",
        shipping="(p.request ->> 'shipping_address_id')::bigint",
        billing="(p.request ->> 'billing_address_id')::bigint",
        on="(p.created_at AT TIME ZONE 'UTC')::date",
    )
}
    FROM placements p
    JOIN carts c ON c.id = p.cart_id
    JOIN customers k ON k.id = p.customer_id
    JOIN vendors v ON v.id = p.vendor_id
    WHERE p.id = :placement_id
    FOR NO KEY UPDATE OF p, c
""").bindparams(bindparam("placement_id", type_=BigInteger))  # noqa: S608 -- expressions of our own


@dataclass(frozen=True)
class NewOrder:
    """A placement and its cart, locked, with all that its order is made of."""

    placement_id: int
    vendor_id: int
    customer_id: int
    cart_id: int
    order_number: str
    state: str
    cart_changed: bool
    quoted_total: Decimal
    request: Mapping[str, Any]
    first_name: str
    last_name: str
    email: str
    lines: list[CartProduct]
    terms: SaleTerms


@dataclass(frozen=True)
class CreatedOrder:
    """A stored order's id, and what it comes to."""

    id: int
    total_amount: Decimal
    currency: str


async def lock_placement(direct: Direct, *, placement_id: int) -> NewOrder:
    """The order that a placement is to become; both it and the cart stay so until the transaction ends."""
    row = await direct.one(_LOCK, {"placement_id": placement_id})
    return NewOrder(
        placement_id=row.id,
        vendor_id=row.vendor_id,
        customer_id=row.customer_id,
        cart_id=row.cart_id,
        order_number=row.order_number,
        state=row.state,
        cart_changed=row.version_now != row.cart_version,
        quoted_total=row.quoted_total,
        request=row.request,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        lines=read_lines(row.lines),
        terms=read_terms(row),
    )


async def insert_order(
    direct: Direct, new: NewOrder, priced: PricedOrder, *, sequence: int, expires_at: datetime
) -> CreatedOrder:
    """Hold the stock, store the order with its items and first event, empty the cart, move the placement on.

    Raises InsufficientStock, after which the transaction has to be rolled back.
    """
    quantities = {line.product_id: line.quantity for line in new.lines}
    moment = {"payment_expires_at": expires_at, "sequence": sequence}
    row = await direct.one(_INSERT, _values(new, priced) | stock.pieces(quantities) | moment)
    short = quantities.keys() - set(row.held)
    if short:
        # Read now: the stock may have gone between the first look and the lock.
        left = await stock.available(direct, product_ids=short)
        check_stock(
            [
                replace(line, available_quantity=left[line.product_id])
                for line in new.lines
                if line.product_id in short
            ]
        )
        raise InsufficientStock("The stock is short.", product_ids=sorted(short))
    return CreatedOrder(row.id, priced.total_amount, priced.currency)


_CREATED = select(Order.id, Order.total_amount, Order.currency).where(
    Order.placement_id == bindparam("placement_id")
)


async def find_created(direct: Direct, *, placement_id: int) -> CreatedOrder:
    """The order that the placement became."""
    return CreatedOrder(*await direct.one(_CREATED, {"placement_id": placement_id}))


def _values(new: NewOrder, priced: PricedOrder) -> dict[str, Any]:
    manual = new.request["payment_method"] == PaymentMethod.MANUAL
    return {
        "vendor_id": new.vendor_id,
        "customer_id": new.customer_id,
        "placement_id": new.placement_id,
        "cart_id": new.cart_id,
        "order_number": new.order_number,
        "subtotal": priced.subtotal,
        "shipping_cost": priced.shipping_cost,
        "tax_amount": priced.tax_amount,
        "discount_amount": priced.discount_amount,
        "total_amount": priced.total_amount,
        "currency": priced.currency,
        "prices_include_tax": new.terms.shop.prices_include_tax,
        "tax_summary": [
            {"rate": str(row.rate), "base": str(row.base), "tax": str(row.tax)} for row in priced.tax_summary
        ],
        "shipping_address": new.terms.shipping_address,
        "billing_address": new.terms.billing_address,
        "shipping_method": new.request["shipping_method"],
        "payment_method": new.request["payment_method"],
        "customer_notes": new.request.get("customer_notes"),
        "ip_address": new.request.get("ip_address"),
        "user_agent": new.request.get("user_agent"),
        "first_name": new.first_name,
        "last_name": new.last_name,
        "email": new.email,
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
