"""What every page of a shop begins with: the shop, who looks at it, and how full their cart is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Text, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Cart, CartItem, Customer, Vendor
from domain.errors import VendorNotFound


@dataclass(frozen=True)
class StoredVisit:
    """The shop, the customer if there is one, and the pieces in the cart; None when it is somebody else's."""

    vendor: Vendor
    customer: Customer | None
    pieces: int | None


_PIECES = select(func.sum(CartItem.quantity)).where(CartItem.cart_id == Cart.id).scalar_subquery()
_SAME_SESSION = Cart.session_id == bindparam("session_id", type_=Text)
# Built once and one statement, because each page begins with it.
_VISIT = (
    select(Vendor, Customer, Cart.customer_id, _PIECES)
    .select_from(Vendor)
    .outerjoin(Customer, Customer.id == bindparam("customer_id", type_=BigInteger))
    .outerjoin(Cart, and_(Cart.vendor_id == Vendor.id, _SAME_SESSION))
    .where(Vendor.id == bindparam("vendor_id", type_=BigInteger), Vendor.is_active)
)


async def get_visit(
    session: AsyncSession,
    *,
    vendor_id: int,
    customer_id: int | None,
    valid_from: datetime | None,
    session_id: str | None,
) -> StoredVisit:
    """Who looks at an open shop; a customer whose sign-in named another `valid_from` is not signed in.

    Raises VendorNotFound for a closed shop as for none.
    """
    given = {"vendor_id": vendor_id, "customer_id": customer_id, "session_id": session_id}
    row = (await session.execute(_VISIT, given)).one_or_none()
    if row is None:
        raise VendorNotFound("There is no such shop.")
    vendor, found, owner_id, pieces = row
    customer = found if found is not None and found.tokens_valid_from == valid_from else None
    foreign = owner_id is not None and (customer is None or customer.id != owner_id)
    return StoredVisit(vendor, customer, None if foreign else int(pieces or 0))
