"""The people who run shops, as sign-in and every request look them up."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity
from db.tables import Vendor, VendorUser

_ACTIVE_ROLE = text("SELECT vendor_user_active_role(:vendor_id, :user_id, :valid_from) AS role").bindparams(
    bindparam("valid_from", type_=DateTime(timezone=True))
)
_USER, _VENDOR = Entity(VendorUser), Entity(Vendor, label="of_vendor_")
_SIGNED_IN = (
    select(*_USER.columns, *_VENDOR.columns)
    .join_from(VendorUser, Vendor, Vendor.id == VendorUser.vendor_id)
    .where(
        VendorUser.id == bindparam("user_id", type_=BigInteger),
        VendorUser.is_active,
        VendorUser.tokens_valid_from == bindparam("valid_from", type_=DateTime(timezone=True)),
    )
)


async def active_role(direct: Direct, *, vendor_id: int, user_id: int, valid_from: datetime) -> str | None:
    """The role of a vendor user who may work; None for one who left or never was, and for an ended sign-in.

    A sign-in counts while it names the user's present `tokens_valid_from`. One statement that needs neither
    transaction nor vendor: it is asked with every request.
    """
    values = {"vendor_id": vendor_id, "user_id": user_id, "valid_from": valid_from}
    role: str | None = (await direct.one(_ACTIVE_ROLE, values)).role
    return role


async def signed_in_user(
    direct: Direct, *, user_id: int, valid_from: datetime
) -> tuple[VendorUser, Vendor] | None:
    """A user of the vendor who may work, with the vendor, outside of any session; see `active_role`."""
    row = await direct.find(_SIGNED_IN, {"user_id": user_id, "valid_from": valid_from})
    return None if row is None else (_USER.read(row), _VENDOR.read(row))


async def vendor_user_by_email(session: AsyncSession, *, email: str) -> VendorUser | None:
    """The active user of any vendor who signs in with this address; needs a platform session."""
    return await session.scalar(
        select(VendorUser).where(func.lower(VendorUser.email) == email, VendorUser.is_active)
    )
