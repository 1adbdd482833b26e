"""The platform's admins, in platform sessions."""

from datetime import datetime

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Admin


async def admin_is_signed_in(session: AsyncSession, *, admin_id: int, valid_from: datetime) -> bool:
    """Whether there is such an admin whose sign-in names their present `tokens_valid_from`."""
    present = exists().where(Admin.id == admin_id, Admin.tokens_valid_from == valid_from)
    return bool(await session.scalar(select(present)))


async def signed_in_admin(session: AsyncSession, *, admin_id: int, valid_from: datetime) -> Admin | None:
    """An admin; see `admin_is_signed_in`."""
    return await session.scalar(
        select(Admin).where(Admin.id == admin_id, Admin.tokens_valid_from == valid_from)
    )


async def get_admin(session: AsyncSession, *, admin_id: int) -> Admin | None:
    """An admin, whoever is signed in."""
    return await session.get(Admin, admin_id)


async def admin_by_email(session: AsyncSession, *, email: str) -> Admin | None:
    """The admin who signs in with this address, given in lower case."""
    return await session.scalar(select(Admin).where(func.lower(Admin.email) == email))


async def lock_admin(session: AsyncSession, *, admin_id: int) -> Admin | None:
    """An admin as they are until the transaction ends."""
    return await session.get(Admin, admin_id, with_for_update={"key_share": True}, populate_existing=True)


async def set_password(session: AsyncSession, *, admin_id: int, password_hash: str) -> Admin:
    """A new password, which ends every sign-in before it; the time always moves on."""
    moved = func.greatest(func.clock_timestamp(), Admin.tokens_valid_from + text("interval '1 microsecond'"))
    changed = await session.scalars(
        update(Admin)
        .where(Admin.id == admin_id)
        .values(password_hash=password_hash, tokens_valid_from=moved)
        .returning(Admin)
        .execution_options(populate_existing=True)
    )
    return changed.one()
