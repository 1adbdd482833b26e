"""Vendors and their people as admins keep them; in platform sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Vendor, VendorUser
from domain.errors import EmailTaken, PrefixInvalid, VendorCodeTaken, VendorNotFound


async def list_vendors(
    session: AsyncSession,
    *,
    skip: int = 0,
    limit: int = 50,
    before_id: int | None = None,
    search: str = "",
) -> Sequence[Vendor]:
    """All vendors, or those with this in name, code or e-mail address, newest first."""
    statement = select(Vendor).order_by(Vendor.id.desc()).offset(skip).limit(limit)
    if search:
        fields = (Vendor.name, Vendor.vendor_code, Vendor.contact_email)
        statement = statement.where(or_(*(field.icontains(search, autoescape=True) for field in fields)))
    if before_id is not None:
        statement = statement.where(Vendor.id < before_id)
    return (await session.scalars(statement)).all()


async def get_vendor(session: AsyncSession, *, vendor_id: int, lock: bool = False) -> Vendor:
    """A vendor, open or closed. Raises VendorNotFound."""
    vendor = await session.get(Vendor, vendor_id, with_for_update={"key_share": True} if lock else None)
    if vendor is None:
        raise VendorNotFound("There is no such vendor.")
    return vendor


async def add_vendor(session: AsyncSession, *, vendor_code: str, **values: object) -> Vendor:
    """A new vendor; codes that differ only in case are the same. Raises VendorCodeTaken, PrefixInvalid."""
    taken = select(Vendor.id).where(func.lower(Vendor.vendor_code) == vendor_code.lower())
    if await session.scalar(taken) is not None:
        raise _code_taken(vendor_code)
    statement = (
        insert(Vendor).values(vendor_code=vendor_code, **values).on_conflict_do_nothing().returning(Vendor)
    )
    vendor = await session.scalar(statement)
    if vendor is not None:
        return vendor
    # Another admin was a moment faster with the code or the prefix.
    if await session.scalar(taken) is not None:
        raise _code_taken(vendor_code)
    raise PrefixInvalid(
        "Another shop uses this order number prefix.", prefix=str(values["order_number_prefix"])
    )


async def change_vendor(session: AsyncSession, *, vendor_id: int, changes: Mapping[str, Any]) -> Vendor:
    """A vendor with some of its columns changed. Raises VendorNotFound."""
    vendor = await get_vendor(session, vendor_id=vendor_id, lock=True)
    for name, value in changes.items():
        setattr(vendor, name, value)
    await session.flush()
    await session.refresh(vendor)
    return vendor


async def add_vendor_user(session: AsyncSession, *, vendor_id: int, **values: object) -> VendorUser:
    """Someone new who works for a vendor; `email` in lower case. Raises VendorNotFound, EmailTaken."""
    await get_vendor(session, vendor_id=vendor_id)
    statement = (
        insert(VendorUser)
        .values(vendor_id=vendor_id, **values)
        .on_conflict_do_nothing()
        .returning(VendorUser)
    )
    user = await session.scalar(statement)
    if user is None:
        raise EmailTaken("Somebody signs in with this e-mail address already.")
    return user


def _code_taken(vendor_code: str) -> VendorCodeTaken:
    return VendorCodeTaken("Another vendor has this code.", vendor_code=vendor_code)
