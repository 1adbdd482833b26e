"""Accounts: whom a link goes to, and what becomes of the guests with its e-mail address."""

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Customer, Order


async def find_link_target(session: AsyncSession, *, vendor_id: int, email: str) -> int | None:
    """The customer to whom a link is sent: the account of this address, given in lower case, or else the
    newest guest who has ordered; None where there is neither."""
    has_ordered = select(Order.id).where(Order.customer_id == Customer.id).exists()
    statement = (
        select(Customer.id)
        .where(
            Customer.vendor_id == vendor_id,
            Customer.email == email,
            or_(Customer.password_hash.is_not(None), Customer.account_id.is_(None) & has_ordered),
        )
        .order_by(Customer.password_hash.is_(None), Customer.id.desc())
        .limit(1)
    )
    return await session.scalar(statement)


async def get_customer(session: AsyncSession, *, customer_id: int) -> Customer | None:
    """One customer of the session's vendor."""
    return await session.get(Customer, customer_id)


async def lock_customer(session: AsyncSession, *, customer: Customer) -> Customer | None:
    """The customer as they are now, until the transaction ends, with all others of the same e-mail address.

    Locked in the order of their ids, so that two links of one person take turns and never deadlock.
    """
    statement = (
        select(Customer)
        .where(Customer.vendor_id == customer.vendor_id, Customer.email == customer.email)
        .order_by(Customer.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    locked = (await session.scalars(statement)).all()
    return next((one for one in locked if one.id == customer.id), None)


async def link_guests(session: AsyncSession, *, account: Customer) -> None:
    """Let the account see what every guest with its e-mail address ordered; orders stay as they are."""
    await session.execute(
        update(Customer)
        .where(
            Customer.vendor_id == account.vendor_id,
            Customer.email == account.email,
            Customer.password_hash.is_(None),
            Customer.account_id.is_(None),
        )
        .values(account_id=account.id)
        .execution_options(synchronize_session=False)
    )
