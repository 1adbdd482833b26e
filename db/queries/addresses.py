"""A customer's address book; at most one entry is the default."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.customers import name_guest
from db.tables import Customer, CustomerAddress
from domain.errors import AddressMissing


async def list_addresses(session: AsyncSession, *, customer_id: int) -> Sequence[CustomerAddress]:
    """All entries, the default first."""
    statement = (
        select(CustomerAddress)
        .where(CustomerAddress.customer_id == customer_id)
        .order_by(CustomerAddress.is_default.desc(), CustomerAddress.id)
    )
    return (await session.scalars(statement)).all()


async def get_address(session: AsyncSession, *, customer_id: int, address_id: int) -> CustomerAddress:
    """One entry. Raises AddressMissing, for somebody else's too."""
    statement = select(CustomerAddress).where(
        CustomerAddress.id == address_id, CustomerAddress.customer_id == customer_id
    )
    address = await session.scalar(statement)
    if address is None:
        raise _missing()
    return address


async def add_address(
    session: AsyncSession, *, vendor_id: int, customer_id: int, values: Mapping[str, object]
) -> CustomerAddress:
    """A new entry, by whose name a guest goes; as the default it takes the place of the former one."""
    if values["is_default"]:
        await _clear_default(session, customer_id)
    address = CustomerAddress(vendor_id=vendor_id, customer_id=customer_id, **values)
    session.add(address)
    await session.flush()
    await name_guest(
        session, customer_id=customer_id, first_name=address.first_name, last_name=address.last_name
    )
    return address


async def replace_address(
    session: AsyncSession, *, customer_id: int, address_id: int, values: Mapping[str, object]
) -> CustomerAddress:
    """The entry with all its values replaced. Raises AddressMissing."""
    address = await get_address(session, customer_id=customer_id, address_id=address_id)
    if values["is_default"] and not address.is_default:
        await _clear_default(session, customer_id)
    for name, value in values.items():
        setattr(address, name, value)
    await session.flush()
    return address


async def make_default(session: AsyncSession, *, customer_id: int, address_id: int) -> None:
    """Let an entry take the place of the former default. Raises AddressMissing."""
    await replace_address(
        session, customer_id=customer_id, address_id=address_id, values={"is_default": True}
    )


async def delete_address(session: AsyncSession, *, customer_id: int, address_id: int) -> None:
    """Remove an entry; orders keep their copies. Raises AddressMissing."""
    statement = (
        delete(CustomerAddress)
        .where(CustomerAddress.id == address_id, CustomerAddress.customer_id == customer_id)
        .returning(CustomerAddress.id)
    )
    if await session.scalar(statement) is None:
        raise _missing()


async def _clear_default(session: AsyncSession, customer_id: int) -> None:
    """Make room for a new default; the customer's row is locked so that two new ones take turns."""
    await session.execute(
        select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True)
    )
    await session.execute(
        update(CustomerAddress)
        .where(CustomerAddress.customer_id == customer_id, CustomerAddress.is_default)
        .values(is_default=False)
        .execution_options(synchronize_session=False)
    )


def _missing() -> AddressMissing:
    return AddressMissing("There is no such address in the address book.")
