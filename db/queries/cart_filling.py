"""Filling a cart: what shoppers do most, in three statements on the driver."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, text

from db.direct import Direct
from db.queries.cart_lines import CartProduct, lines_of, read_lines
from db.queries.pricing import check_line
from db.tables import Cart
from domain.errors import CartNotFound, InvalidAmount, ProductNotFound, VendorNotFound
from domain.pricing import MAX_LINES

# A cart that is there is locked by this until the transaction ends, as a new one is, and its version moves
# with the change that follows. Nothing of it stays where that is refused.
_OPEN = text("""
    INSERT INTO carts AS c (vendor_id, session_id, customer_id, version)
    SELECT id, :session_id, :customer_id, 2 FROM vendors WHERE id = :vendor_id AND is_active
    ON CONFLICT (vendor_id, session_id) DO UPDATE
    SET version = c.version + 1, updated_at = now(),
        customer_id = coalesce(c.customer_id, excluded.customer_id)
    RETURNING id, customer_id, version
""").bindparams(
    bindparam("session_id", type_=Text),
    bindparam("customer_id", type_=BigInteger),
    bindparam("vendor_id", type_=BigInteger),
)
_LOOK = text(f"""
    SELECT v.currency, {lines_of(":cart_id")} AS lines, p.id, p.sku, p.title, p.featured_image, p.price,
           p.is_active, coalesce(i.available_quantity, 0) AS available
    FROM vendors v
    LEFT JOIN products p ON p.vendor_id = v.id AND p.id = :product_id
    LEFT JOIN inventory i ON i.product_id = p.id
    WHERE v.id = :vendor_id
""").bindparams(  # noqa: S608 -- an expression of this floor
    *(bindparam(name, type_=BigInteger) for name in ("cart_id", "product_id", "vendor_id"))
)
_PUT = text("""
    INSERT INTO cart_items (vendor_id, cart_id, product_id, quantity)
    VALUES (:vendor_id, :cart_id, :product_id, :quantity)
    ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity
    RETURNING id
""").bindparams(
    *(bindparam(name, type_=BigInteger) for name in ("vendor_id", "cart_id", "product_id")),
    bindparam("quantity", type_=Integer),
)


@dataclass(frozen=True)
class FilledCart:
    """A cart after a change, with its lines and the currency of their prices; it belongs to no session."""

    cart: Cart
    currency: str
    lines: list[CartProduct]


async def add_item(
    direct: Direct,
    *,
    vendor_id: int,
    session_id: str,
    customer_id: int | None,
    product_id: int,
    quantity: int,
) -> FilledCart:
    """Put pieces of a product into the cart of a session, more of one that is in it already.

    The first customer to use a cart becomes its owner. Raises VendorNotFound, CartNotFound for a cart of
    somebody else's, ProductNotFound, ProductUnavailable and InsufficientStock; nothing has changed then, once
    the transaction is rolled back.
    """
    whose = {"vendor_id": vendor_id, "session_id": session_id, "customer_id": customer_id}
    cart = await direct.find(_OPEN, whose)
    if cart is None:
        raise VendorNotFound("There is no such shop.")
    if cart.customer_id != customer_id:
        raise CartNotFound("There is no such cart.")
    which = {"vendor_id": vendor_id, "cart_id": cart.id, "product_id": product_id}
    found = await direct.one(_LOOK, which)
    lines = read_lines(found.lines)
    present = next((line for line in lines if line.product_id == product_id), None)
    if present is None and len(lines) >= MAX_LINES:
        raise InvalidAmount(f"A cart holds at most {MAX_LINES} different products.", lines=len(lines))
    line = _line(found, quantity + (present.quantity if present else 0))
    item = await direct.one(_PUT, which | {"quantity": line.quantity})
    line = replace(line, item_id=item.id)
    return FilledCart(
        Cart(id=cart.id, vendor_id=vendor_id, session_id=session_id, version=cart.version),
        found.currency,
        [*lines, line] if present is None else [line if each is present else each for each in lines],
    )


def _line(found: Any, quantity: int) -> CartProduct:  # noqa: ANN401 -- a Row
    """The line with that many pieces; raises what stands against it."""
    if found.id is None:
        raise ProductNotFound("There is no such product.")
    line = CartProduct(
        item_id=0,
        product_id=found.id,
        sku=found.sku,
        title=found.title,
        image=found.featured_image,
        unit_price=found.price,
        quantity=quantity,
        is_active=found.is_active,
        available_quantity=found.available,
    )
    check_line(line)
    return line
