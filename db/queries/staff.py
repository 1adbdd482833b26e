"""The people who run shops, as sign-in and every request look them up."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct
from db.tables import Vendor, VendorUser

_ACTIVE_ROLE = select(VendorUser.role).where(
    VendorUser.id == bindparam("user_id", type_=BigInteger),
    VendorUser.is_active,
    VendorUser.tokens_valid_from == bindparam("valid_from", type_=DateTime(timezone=True)),
)


async def active_role(direct: Direct, *, user_id: int, valid_from: datetime) -> str | None:
    """The role of a vendor user who may work; None for one who left or never was, and for an ended sign-in.

    A sign-in counts while it names the user's present `tokens_valid_from`.
    """
    row = await direct.find(_ACTIVE_ROLE, {"user_id": user_id, "valid_from": valid_from})
    return None if row is None else row.role


async def signed_in_user(
    session: AsyncSession, *, user_id: int, valid_from: datetime
) -> tuple[VendorUser, Vendor] | None:
    """A user of the session's vendor who may work, with the vendor, in one statement; see `active_role`."""
    statement = (
        select(VendorUser, Vendor)
        .join(Vendor, Vendor.id == VendorUser.vendor_id)
        .where(VendorUser.id == user_id, VendorUser.is_active, VendorUser.tokens_valid_from == valid_from)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def vendor_user_by_email(session: AsyncSession, *, email: str) -> VendorUser | None:
    """The active user of any vendor who signs in with this address; needs a platform session."""
    return await session.scalar(
        select(VendorUser).where(func.lower(VendorUser.email) == email, VendorUser.is_active)
    )
