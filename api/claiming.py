"""Claiming an order number: once for a key, and once for a version of a cart."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from api.callers import CustomerCaller, check_signed_in
from api.quoting import open_checkout, price_checkout
from api.schemas.checkout import OrderRequest
from db.direct import Direct
from db.queries import carts, checkouts, placements
from db.queries.checkouts import Checkout, ShopTerms, find_checkout
from db.session import Database
from db.tables import Placement
from domain.errors import (
    CartChanged,
    CartEmpty,
    CartNotFound,
    DatabaseUnavailable,
    DomainError,
    IdempotencyKeyReused,
    PaymentMethodUnknown,
)

CLAIMED = "claimed"
PLACED = "placed"
REFUSED = "refused"
_CLAIM_ATTEMPTS = 3


@dataclass(frozen=True)
class Attempt:
    """Who wants to order what, and under which key; the sign-in may have ended since its token was given."""

    customer: CustomerCaller
    wanted: OrderRequest
    idempotency_key: str | None
    ip_address: str | None
    user_agent: str | None

    @property
    def vendor_id(self) -> int:
        return self.customer.vendor_id

    @property
    def customer_id(self) -> int:
        return self.customer.id


@dataclass(frozen=True)
class Claimed:
    """A placement with the terms of its shop; `replayed` when an earlier attempt claimed it."""

    placement: Placement
    shop: ShopTerms
    replayed: bool


class _RacedError(Exception):
    """Another request claimed the same thing before."""


async def find_or_claim(database: Database, attempt: Attempt) -> Claimed:
    """The placement of this attempt: the one it repeats, or a new one with the next order number.

    Most attempts are first ones, so a number is claimed without looking for an earlier attempt; whatever
    stands against that is only believed after having looked.

    Raises TokenInvalid, VendorNotFound, CartNotFound, IdempotencyKeyReused, and whatever the cart cannot be
    ordered for.
    """
    claimed = await _claim_at_once(database, attempt)
    if claimed is not None:
        return claimed
    await check_signed_in(database, attempt.customer)
    for _ in range(_CLAIM_ATTEMPTS):
        try:
            async with database.vendor(attempt.vendor_id) as session:
                return await _find_or_claim(session, attempt)
        except _RacedError:
            continue
    raise DatabaseUnavailable("Too many requests for the same order; please try again.")


async def _claim_at_once(database: Database, attempt: Attempt) -> Claimed | None:
    """A new placement if nothing at all stands against it, an ended sign-in neither."""
    try:
        async with database.direct(attempt.vendor_id) as direct:
            checkout = await find_checkout(direct, **_which(attempt))
            if checkout is None or checkout.customer_id != attempt.customer_id:
                return None
            if checkout.tokens_valid_from != attempt.customer.valid_from:
                return None
            return await _claim(direct, attempt, checkout)
    except (DomainError, _RacedError):
        return None


async def _find_or_claim(session: AsyncSession, attempt: Attempt) -> Claimed:
    existing = await _existing(session, attempt, await open_checkout(session, **_which(attempt)))
    if existing is not None:
        shop = await checkouts.shop_terms(session, vendor_id=attempt.vendor_id)
        return Claimed(existing, shop, replayed=True)
    # Once more, because the cart's version may just have moved.
    checkout = await open_checkout(session, **_which(attempt))
    if checkout is None:
        raise CartNotFound("There is no such cart.")
    return await _claim(session, attempt, checkout)


async def _claim(via: Direct | AsyncSession, attempt: Attempt, checkout: Checkout) -> Claimed:
    """A new placement. Raises _RacedError where there is one, after which the transaction has to end."""
    shop = checkout.terms.shop
    placement = await placements.claim_order_number(
        via,
        _new_claim(attempt, checkout, _check(checkout, attempt.wanted)),
        prefix=shop.order_number_prefix,
        day=datetime.now(UTC).date(),
    )
    if placement is None:
        raise _RacedError
    return Claimed(placement, shop, replayed=False)


class _Which(TypedDict):
    vendor_id: int
    customer_id: int
    session_id: str | None
    shipping_address_id: int
    billing_address_id: int
    day: date


def _which(attempt: Attempt) -> _Which:
    """The cart that is to be ordered, and what its sale depends on."""
    return {
        "vendor_id": attempt.vendor_id,
        "customer_id": attempt.customer_id,
        "session_id": attempt.wanted.session_id,
        "shipping_address_id": attempt.wanted.shipping_address_id,
        "billing_address_id": attempt.wanted.billing_address_id,
        "day": datetime.now(UTC).date(),
    }


async def _existing(session: AsyncSession, attempt: Attempt, checkout: Checkout | None) -> Placement | None:
    """The placement that this attempt repeats.

    Raises IdempotencyKeyReused, CartEmpty or CartChanged where the same key or cart was used differently.
    """
    key = attempt.idempotency_key or (_cart_key(checkout) if checkout else None)
    if key is None:
        return None
    found = await placements.find_placements(
        session,
        customer_id=attempt.customer_id,
        idempotency_key=key,
        cart=(checkout.cart_id, checkout.cart_version) if checkout else None,
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
    if first.state != CLAIMED or checkout is None:
        raise CartChanged(f"This cart is being ordered as {number}.", order_number=number)
    # A customer who changed their mind may order a cart whose first attempt has not begun; otherwise one
    # that the engine never received would block the cart for good. The first attempt finds the cart's
    # version moved, and is refused before it holds anything.
    await carts.supersede(session, cart_id=checkout.cart_id)
    return None


def _cart_key(checkout: Checkout) -> str:
    return f"cart:{checkout.cart_id}:{checkout.cart_version}"


def _check(checkout: Checkout, wanted: OrderRequest) -> Decimal:
    """The total of the order; raises whatever stands against it before a number is taken."""
    accepted = checkout.terms.shop.payment_methods
    if wanted.payment_method not in accepted:
        raise PaymentMethodUnknown(
            "The shop cannot be paid this way.",
            payment_method=wanted.payment_method,
            payment_methods=list(accepted),
        )
    priced = price_checkout(checkout, shipping_method=wanted.shipping_method)
    if wanted.expected_total is not None and wanted.expected_total != priced.total_amount:
        raise CartChanged(
            "The total is not the expected one any more.",
            expected_total=str(wanted.expected_total),
            current_total=str(priced.total_amount),
        )
    return priced.total_amount


def _new_claim(attempt: Attempt, checkout: Checkout, total: Decimal) -> placements.Claim:
    wanted = attempt.wanted
    return placements.Claim(
        vendor_id=attempt.vendor_id,
        customer_id=attempt.customer_id,
        cart_id=checkout.cart_id,
        cart_version=checkout.cart_version,
        idempotency_key=attempt.idempotency_key or _cart_key(checkout),
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
