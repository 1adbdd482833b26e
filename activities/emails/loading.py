"""The facts about an order, from the database."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, text

from activities.emails.facts import AuthorizationFacts, ItemFacts, OrderFacts, PersonFacts, ShopFacts
from activities.emails.formatting import one_line
from db.direct import Direct, Row
from domain.capture import CaptureExpiry
from domain.errors import OrderNotFound

# Amounts and rates of the items are text, because JSON's numbers are read as floating point.
_ORDER = text("""
    SELECT o.id, o.vendor_id, o.order_number, o.created_at, o.payment_status, o.currency,
        o.prices_include_tax, o.subtotal, o.shipping_cost, o.tax_amount, o.discount_amount,
        o.total_amount, o.paid_amount, o.payment_method, o.payment_expires_at, o.shipping_address,
        o.billing_address, o.customer_notes, o.carrier, o.tracking_number, o.cancel_reason,
        c.first_name, c.last_name, c.email, v.name, v.contact_email, v.payment_instructions,
        c.password_hash IS NULL AND c.account_id IS NULL AS is_guest,
        (SELECT decline_code FROM payments WHERE order_id = o.id) AS decline_code,
        (
            SELECT data ->> 'refund_amount' FROM order_events
            WHERE order_id = o.id AND type = 'order.cancelled'
        ) AS cancel_refund,
        (
            SELECT data FROM order_events WHERE order_id = o.id AND type = 'payment.authorized'
        ) AS authorized,
        (
            SELECT amount FROM refunds
            WHERE order_id = o.id
                AND CASE :refund_key WHEN '' THEN status = 'succeeded' ELSE refund_key = :refund_key END
            ORDER BY updated_at DESC, id DESC LIMIT 1
        ) AS refund_amount,
        (
            SELECT jsonb_agg(jsonb_build_object(
                'title', product_title, 'sku', product_sku, 'quantity', quantity,
                'unit_price', unit_price::text, 'total_price', total_price::text,
                'tax_rate', tax_rate::text
            ) ORDER BY position)
            FROM order_items WHERE order_id = o.id
        ) AS lines
    FROM orders o JOIN customers c ON c.id = o.customer_id JOIN vendors v ON v.id = o.vendor_id
    WHERE o.id = :order_id
""").bindparams(bindparam("order_id", type_=BigInteger), bindparam("refund_key", type_=Text))


async def load_order(direct: Direct, order_id: int, refund_key: str) -> OrderFacts:
    """Everything an e-mail about this order may tell, in one statement. Raises OrderNotFound.

    The refund is that with this key or, where it is empty, the newest that succeeded.
    """
    row = await direct.find(_ORDER, {"order_id": order_id, "refund_key": refund_key})
    if row is None:
        raise OrderNotFound("There is no such order.")
    return _facts(row)


def _facts(row: Row) -> OrderFacts:
    return OrderFacts(
        vendor_id=row.vendor_id,
        order_id=row.id,
        order_number=row.order_number,
        placed_at=row.created_at,
        payment_status=row.payment_status,
        shop=ShopFacts(one_line(row.name), row.contact_email, row.payment_instructions),
        customer=PersonFacts(one_line(row.first_name), one_line(row.last_name), row.email, row.is_guest),
        items=tuple(_item(item) for item in row.lines or ()),
        currency=row.currency,
        prices_include_tax=row.prices_include_tax,
        subtotal=row.subtotal,
        shipping_cost=row.shipping_cost,
        tax_amount=row.tax_amount,
        discount_amount=row.discount_amount,
        total_amount=row.total_amount,
        paid_amount=row.paid_amount,
        payment_method=row.payment_method,
        pay_until=row.payment_expires_at,
        shipping_address=_address(row.shipping_address),
        billing_address=_address(row.billing_address),
        customer_notes=one_line(row.customer_notes) if row.customer_notes else None,
        carrier=one_line(row.carrier) if row.carrier else None,
        tracking_number=one_line(row.tracking_number) if row.tracking_number else None,
        decline_code=row.decline_code,
        cancel_reason=row.cancel_reason,
        cancel_refund=Decimal(row.cancel_refund or 0),
        refund_amount=row.refund_amount,
        authorization=None if row.authorized is None else _authorization(row.authorized),
    )


def _authorization(event: Mapping[str, Any]) -> AuthorizationFacts:
    until = event["capture_before"]
    return AuthorizationFacts(until and datetime.fromisoformat(until), CaptureExpiry(event["at_expiry"]))


def _item(item: Mapping[str, Any]) -> ItemFacts:
    return ItemFacts(
        title=one_line(item["title"]),
        sku=one_line(item["sku"]),
        quantity=item["quantity"],
        unit_price=Decimal(item["unit_price"]),
        total_price=Decimal(item["total_price"]),
        tax_rate=Decimal(item["tax_rate"]),
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
