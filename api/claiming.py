"""Claiming an order number: once for a key, and once for a version of a cart."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from api.quoting import price_checkout
from api.schemas.checkout import OrderRequest
from db.queries import carts, placements, vendors
from db.session import Database
from db.tables import Cart, Placement, Vendor
from domain.errors import (
    CartChanged,
    CartEmpty,
    CartNotFound,
    DatabaseUnavailable,
    IdempotencyKeyReused,
    PaymentMethodUnknown,
)

CLAIMED = "claimed"
PLACED = "placed"
REFUSED = "refused"
_CLAIM_ATTEMPTS = 3


@dataclass(frozen=True)
class Attempt:
    """Who wants to order what, and under which key."""

    vendor_id: int
    customer_id: int
    wanted: OrderRequest
    idempotency_key: str | None
    ip_address: str | None
    user_agent: str | None


@dataclass(frozen=True)
class Claimed:
    """A placement with its vendor; `replayed` when an earlier attempt claimed it."""

    placement: Placement
    vendor: Vendor
    replayed: bool


class _RacedError(Exception):
    """Another request claimed the same thing a moment earlier."""


async def find_or_claim(database: Database, attempt: Attempt) -> Claimed:
    """The placement of this attempt: the one it repeats, or a new one with the next order number.

    Raises VendorNotFound, CartNotFound, IdempotencyKeyReused, and whatever the cart cannot be ordered for.
    """
    for _ in range(_CLAIM_ATTEMPTS):
        try:
            async with database.vendor(attempt.vendor_id) as session:
                return await _find_or_claim(session, attempt)
        except _RacedError:
            continue
    raise DatabaseUnavailable("Too many requests for the same order; please try again.")


async def _find_or_claim(session: AsyncSession, attempt: Attempt) -> Claimed:
    vendor = await vendors.get_open_vendor(session, vendor_id=attempt.vendor_id)
    cart = await _cart(session, attempt)
    existing = await _existing(session, attempt, cart)
    if existing is not None:
        return Claimed(existing, vendor, replayed=True)
    if cart is None:
        raise CartNotFound("There is no such cart.")
    total = await _check(session, vendor, cart, attempt)
    placement = await placements.claim_order_number(
        session,
        _new_claim(attempt, cart, total),
        prefix=vendor.order_number_prefix,
        day=datetime.now(UTC).date(),
    )
    if placement is None:
        raise _RacedError
    return Claimed(placement, vendor, replayed=False)


async def _cart(session: AsyncSession, attempt: Attempt) -> Cart | None:
    """The cart, locked, so that requests for the same cart take turns and find what the first one did."""
    if attempt.wanted.session_id is None:
        return await carts.newest_cart(session, vendor_id=attempt.vendor_id, customer_id=attempt.customer_id)
    return await carts.find_cart(
        session,
        vendor_id=attempt.vendor_id,
        session_id=attempt.wanted.session_id,
        customer_id=attempt.customer_id,
        lock=True,
    )


async def _existing(session: AsyncSession, attempt: Attempt, cart: Cart | None) -> Placement | None:
    """The placement that this attempt repeats.

    Raises IdempotencyKeyReused, CartEmpty or CartChanged where the same key or cart was used differently.
    """
    key = attempt.idempotency_key or (_cart_key(cart) if cart else None)
    if key is None:
        return None
    found = await placements.find_placements(
        session,
        customer_id=attempt.customer_id,
        idempotency_key=key,
        cart=(cart.id, cart.version) if cart else None,
    )
    if not found:
        return None
    first = next((placement for placement in found if placement.idempotency_key == key), found[0])
    if first.request_hash == request_hash(attempt.wanted):
        return first
    number = first.order_number
    if first.idempotency_key == attempt.idempotency_key:
        raise IdempotencyKeyReused("This Idempotency-Key was used for another order.", order_number=number)
    if first.state == PLACED:
        raise CartEmpty(f"This cart was ordered as {number}.", order_number=number)
    if first.state != CLAIMED or cart is None:
        raise CartChanged(f"This cart is being ordered as {number}.", order_number=number)
    await _supersede(session, cart)
    return None


async def _supersede(session: AsyncSession, cart: Cart) -> None:
    """Let a customer who changed their mind order a cart whose first attempt has not begun.

    Otherwise an attempt that the engine never received would block the cart for good. The first attempt
    finds the cart's version moved, and is refused before it holds anything.
    """
    cart.version += 1
    await session.flush()


def _cart_key(cart: Cart) -> str:
    return f"cart:{cart.id}:{cart.version}"


async def _check(session: AsyncSession, vendor: Vendor, cart: Cart, attempt: Attempt) -> Decimal:
    """The total of the order; raises whatever stands against it before a number is taken."""
    wanted = attempt.wanted
    if wanted.payment_method not in vendor.payment_methods:
        raise PaymentMethodUnknown(
            "The shop cannot be paid this way.",
            payment_method=wanted.payment_method,
            payment_methods=list(vendor.payment_methods),
        )
    priced, _ = await price_checkout(
        session,
        vendor=vendor,
        cart=cart,
        customer_id=attempt.customer_id,
        shipping_address_id=wanted.shipping_address_id,
        billing_address_id=wanted.billing_address_id,
        shipping_method=wanted.shipping_method,
    )
    if wanted.expected_total is not None and wanted.expected_total != priced.total_amount:
        raise CartChanged(
            "The total is not the expected one any more.",
            expected_total=str(wanted.expected_total),
            current_total=str(priced.total_amount),
        )
    return priced.total_amount


def _new_claim(attempt: Attempt, cart: Cart, total: Decimal) -> placements.Claim:
    wanted = attempt.wanted
    return placements.Claim(
        vendor_id=attempt.vendor_id,
        customer_id=attempt.customer_id,
        cart_id=cart.id,
        cart_version=cart.version,
        idempotency_key=attempt.idempotency_key or _cart_key(cart),
        request_hash=request_hash(wanted),
        request={
            "shipping_address_id": wanted.shipping_address_id,
            "billing_address_id": wanted.billing_address_id,
            "shipping_method": wanted.shipping_method,
            "payment_method": wanted.payment_method,
            "customer_notes": wanted.customer_notes,
            "ip_address": attempt.ip_address,
            "user_agent": attempt.user_agent,
        },
        quoted_total=total,
    )


def request_hash(wanted: OrderRequest) -> str:
    """What makes two requests the same: all they ask for, however it was written."""
    content = wanted.model_dump(mode="json")
    if wanted.expected_total is not None:
        content["expected_total"] = f"{wanted.expected_total:.2f}"
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
