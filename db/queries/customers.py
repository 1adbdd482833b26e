"""Customers and how they sign in."""

from datetime import datetime

from sqlalchemy import BigInteger, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity
from db.tables import Customer
from domain.errors import EmailTaken

_TOKENS_VALID_FROM = text("SELECT customer_tokens_valid_from(:vendor_id, :customer_id) AS valid_from")
_CUSTOMER = Entity(Customer)
_BY_ID = select(*_CUSTOMER.columns).where(Customer.id == bindparam("customer_id", type_=BigInteger))


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


async def tokens_valid_from(direct: Direct, *, vendor_id: int, customer_id: int) -> datetime | None:
    """What a sign-in of this customer has to name; None where the vendor has no such customer.

    One statement that needs neither transaction nor vendor: it is asked with every request.
    """
    parameters = {"vendor_id": vendor_id, "customer_id": customer_id}
    found: datetime | None = (await direct.one(_TOKENS_VALID_FROM, parameters)).valid_from
    return found


async def end_sign_ins(session: AsyncSession, *, customer_id: int) -> None:
    """End every sign-in of the customer; a customer who is loaded knows the new time.

    The time always moves on, also when a clock does not or two do this at once.
    """
    moved = func.greatest(
        func.clock_timestamp(), Customer.tokens_valid_from + text("interval '1 microsecond'")
    )
    await session.execute(
        update(Customer)
        .where(Customer.id == customer_id)
        .values(tokens_valid_from=moved)
        .returning(Customer)
        .execution_options(populate_existing=True)
    )


async def find_customer(direct: Direct, *, customer_id: int) -> Customer | None:
    """A customer of the vendor, outside of any session; None where they have no such one."""
    row = await direct.find(_BY_ID, {"customer_id": customer_id})
    return None if row is None else _CUSTOMER.read(row)
