"""Vendors as their shops need them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Vendor
from domain.errors import VendorNotFound

MAX_SHOPS = 200


async def get_vendor(session: AsyncSession, *, vendor_id: int) -> Vendor:
    """The vendor of the session."""
    return await session.get_one(Vendor, vendor_id)


async def get_open_vendor(session: AsyncSession, *, vendor_id: int) -> Vendor:
    """The vendor whose shop is open. Raises VendorNotFound for a closed shop as for none."""
    vendor = await session.scalar(select(Vendor).where(Vendor.id == vendor_id, Vendor.is_active))
    if vendor is None:
        raise VendorNotFound("There is no such shop.")
    return vendor


async def list_open_vendors(session: AsyncSession) -> list[Vendor]:
    """The vendors whose shops are open, by name; needs the platform's session."""
    return list(
        await session.scalars(select(Vendor).where(Vendor.is_active).order_by(Vendor.name).limit(200))
    )
