"""The signed-in customer's address book."""

from datetime import UTC, datetime

from fastapi import status
from sqlalchemy.ext.asyncio import AsyncSession

from api.callers import CurrentCustomer
from api.dependencies import DatabaseDep
from api.routes.shop import shop_router
from api.schemas.addresses import AddressAnswer, AddressRequest
from api.schemas.base import PathId
from db.queries import addresses, pricing

router = shop_router("addresses")


@router.get("/customers/addresses")
async def list_addresses(customer: CurrentCustomer, database: DatabaseDep) -> list[AddressAnswer]:
    """All addresses, the default first."""
    async with database.reading(customer.vendor_id) as session:
        found = await addresses.list_addresses(session, customer_id=customer.id)
    return [AddressAnswer.model_validate(address) for address in found]


@router.post("/customers/addresses", status_code=status.HTTP_201_CREATED)
async def add_address(
    given: AddressRequest, customer: CurrentCustomer, database: DatabaseDep
) -> AddressAnswer:
    """A new address, whose name a guest gets; 422 `country_not_supported` where nothing is sold."""
    async with database.vendor(customer.vendor_id) as session:
        address = await addresses.add_address(
            session,
            vendor_id=customer.vendor_id,
            customer_id=customer.id,
            values=await _values(session, given),
        )
    return AddressAnswer.model_validate(address)


@router.get("/customers/addresses/{address_id}")
async def get_address(address_id: PathId, customer: CurrentCustomer, database: DatabaseDep) -> AddressAnswer:
    """One address."""
    async with database.reading(customer.vendor_id) as session:
        address = await addresses.get_address(session, customer_id=customer.id, address_id=address_id)
    return AddressAnswer.model_validate(address)


@router.put("/customers/addresses/{address_id}")
async def replace_address(
    address_id: PathId, given: AddressRequest, customer: CurrentCustomer, database: DatabaseDep
) -> AddressAnswer:
    """Replace an address. Orders keep the one they were placed with."""
    async with database.vendor(customer.vendor_id) as session:
        address = await addresses.replace_address(
            session,
            customer_id=customer.id,
            address_id=address_id,
            values=await _values(session, given),
        )
    return AddressAnswer.model_validate(address)


@router.delete("/customers/addresses/{address_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_address(address_id: PathId, customer: CurrentCustomer, database: DatabaseDep) -> None:
    """Remove an address. Orders keep the one they were placed with."""
    async with database.vendor(customer.vendor_id) as session:
        await addresses.delete_address(session, customer_id=customer.id, address_id=address_id)


async def _values(session: AsyncSession, given: AddressRequest) -> dict[str, object]:
    country = await pricing.check_country(session, country=given.country, on=datetime.now(UTC).date())
    return {**given.model_dump(), "country": country}
