"""Vendors as their shops need them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Vendor
from domain.errors import VendorNotFound


async def get_vendor(session: AsyncSession, *, vendor_id: int) -> Vendor:
    """The vendor of the session."""
    return await session.get_one(Vendor, vendor_id)


async def get_open_vendor(session: AsyncSession, *, vendor_id: int) -> Vendor:
    """The vendor whose shop is open. Raises VendorNotFound for a closed shop as for none."""
    vendor = await session.scalar(select(Vendor).where(Vendor.id == vendor_id, Vendor.is_active))
    if vendor is None:
        raise VendorNotFound("There is no such shop.")
    return vendor
