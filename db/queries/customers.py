"""Customers and how they sign in."""

from sqlalchemy import select, update
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


async def add_guest(session: AsyncSession, *, vendor_id: int, email: str) -> Customer:
    """A new guest of the vendor, who has no name yet; `email` in lower case."""
    guest = Customer(vendor_id=vendor_id, email=email, first_name="", last_name="")
    session.add(guest)
    await session.flush()
    return guest


async def name_guest(session: AsyncSession, *, customer_id: int, first_name: str, last_name: str) -> None:
    """Give a guest who has no name yet this one; everybody else keeps theirs."""
    await session.execute(
        update(Customer)
        .where(
            Customer.id == customer_id,
            Customer.password_hash.is_(None),
            Customer.first_name == "",
            Customer.last_name == "",
        )
        .values(first_name=first_name, last_name=last_name)
        .execution_options(synchronize_session=False)
    )


async def account_by_email(session: AsyncSession, *, vendor_id: int, email: str) -> Customer | None:
    """The vendor's customer who signs in with this address, given in lower case; never a guest."""
    return await session.scalar(
        select(Customer).where(
            Customer.vendor_id == vendor_id, Customer.email == email, Customer.password_hash.is_not(None)
        )
    )


async def find_customer(session: AsyncSession, *, customer_id: int) -> Customer | None:
    """The customer, unless there is none with this id."""
    return await session.get(Customer, customer_id)
