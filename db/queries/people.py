"""The people who work for a vendor, in sessions of the vendor or of the platform."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.vendor_accounts import get_vendor
from db.tables import VendorUser
from domain.errors import VendorUserNotFound
from domain.staff import Person, check_owner_remains

MAX_PEOPLE = 500


async def list_people(session: AsyncSession, *, vendor_id: int) -> Sequence[VendorUser]:
    """Everybody, those who left last, and otherwise in the order in which they came."""
    statement = (
        select(VendorUser)
        .where(VendorUser.vendor_id == vendor_id)
        .order_by(VendorUser.is_active.desc(), VendorUser.id)
        .limit(MAX_PEOPLE)
    )
    return (await session.scalars(statement)).all()


async def get_person(session: AsyncSession, *, vendor_id: int, user_id: int) -> VendorUser:
    """One of the vendor's people. Raises VendorUserNotFound."""
    user = await session.get(VendorUser, user_id)
    if user is None or user.vendor_id != vendor_id:
        raise VendorUserNotFound("Nobody like this works for the shop.")
    return user


async def change_person(
    session: AsyncSession, *, vendor_id: int, user_id: int, changes: Mapping[str, Any]
) -> VendorUser:
    """Change name, role or whether somebody works here; who leaves is signed out for good.

    Changes of one vendor's people take turns, so that two owners cannot remove each other at once. Raises
    VendorNotFound, VendorUserNotFound, LastOwner.
    """
    await get_vendor(session, vendor_id=vendor_id, lock=True)
    people = (
        await session.scalars(
            select(VendorUser)
            .where(VendorUser.vendor_id == vendor_id)
            .execution_options(populate_existing=True)
        )
    ).all()
    user = next((one for one in people if one.id == user_id), None)
    if user is None:
        raise VendorUserNotFound("Nobody like this works for the shop.")
    before = [_person(one) for one in people]
    for name, value in changes.items():
        setattr(user, name, value)
    check_owner_remains(before, [_person(one) for one in people])
    await session.flush()
    if not user.is_active:
        await end_sign_ins(session, user_id=user.id)
    return user


async def set_password(session: AsyncSession, *, user_id: int, password_hash: str) -> VendorUser:
    """A new password, which ends every sign-in before it."""
    await session.execute(
        update(VendorUser).where(VendorUser.id == user_id).values(password_hash=password_hash)
    )
    return await end_sign_ins(session, user_id=user_id)


async def end_sign_ins(session: AsyncSession, *, user_id: int) -> VendorUser:
    """End every sign-in of somebody; the time always moves on, also when a clock does not."""
    moved = func.greatest(
        func.clock_timestamp(), VendorUser.tokens_valid_from + text("interval '1 microsecond'")
    )
    ended = await session.scalars(
        update(VendorUser)
        .where(VendorUser.id == user_id)
        .values(tokens_valid_from=moved)
        .returning(VendorUser)
        .execution_options(populate_existing=True)
    )
    return ended.one()


async def lock_person(session: AsyncSession, *, user_id: int) -> VendorUser | None:
    """One of the session's vendor's people, as they are until the transaction ends."""
    return await session.get(VendorUser, user_id, with_for_update={"key_share": True}, populate_existing=True)


def _person(user: VendorUser) -> Person:
    return Person(user.id, user.role, user.is_active, user.password_hash is not None)
