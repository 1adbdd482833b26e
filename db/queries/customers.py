"""Customers and how they sign in."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import Customer
from domain.errors import EmailTaken


async def add_customer(
    session: AsyncSession, *, vendor_id: int, email: str, password_hash: str, first_name: str, last_name: str
) -> Customer:
    """A new customer of the vendor; `email` in lower case. Raises EmailTaken."""
    statement = (
        insert(Customer)
        .values(
            vendor_id=vendor_id,
            email=email,
            password_hash=password_hash,
            first_name=first_name,
            last_name=last_name,
        )
        .on_conflict_do_nothing()
        .returning(Customer)
    )
    customer = await session.scalar(statement)
    if customer is None:
        raise EmailTaken("Somebody is registered with this e-mail address.")
    return customer


async def customer_by_email(session: AsyncSession, *, vendor_id: int, email: str) -> Customer | None:
    """The vendor's customer who signs in with this address, given in lower case."""
    return await session.scalar(
        select(Customer).where(Customer.vendor_id == vendor_id, func.lower(Customer.email) == email)
    )


async def find_customer(session: AsyncSession, *, customer_id: int) -> Customer | None:
    """The customer, unless there is none with this id."""
    return await session.get(Customer, customer_id)
