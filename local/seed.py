"""`python -m local.seed`: the demo shops, put into the database of the settings."""

import asyncio
import logging
import sys
from dataclasses import asdict
from functools import cached_property

from sqlalchemy import ColumnElement, func, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from api.passwords import hash_password, normalise_email
from db.session import Database
from db.tables import (
    Admin,
    Base,
    Customer,
    CustomerAddress,
    Inventory,
    InventoryMovement,
    InvoiceIssuer,
    Product,
    ShippingMethod,
    Vendor,
    VendorUser,
)
from domain.time_zones import usual_time_zone
from local.catalogue import records
from local.catalogue.loader import load_catalogue
from settings import Settings

_LOCK = 0x73656564  # any number that no other program picks

log = logging.getLogger(__name__)


class ProductionSeedError(Exception):
    """Demo logins with a known password have no place in production."""


async def seed(database: Database, catalogue: records.Catalogue, *, environment: str) -> int:
    """Add what is missing of the demo platform in one transaction; returns the number of rows added.

    What is there stays as it is, whoever changed it. Raises ProductionSeedError.
    """
    if environment == "production":
        raise ProductionSeedError("The demo data has a password everybody knows: no seeding in production")
    async with database.platform() as session:
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        sower = _Sower(session, catalogue.password)
        await sower.admin(catalogue.admin_email)
        for vendor in catalogue.vendors:
            await sower.vendor(vendor)
    return sower.added


class _Sower:
    """Adds rows that are not there yet, found by what people know them by."""

    def __init__(self, session: AsyncSession, password: str) -> None:
        self._session = session
        self._password = password
        self.added = 0

    @cached_property
    def _password_hash(self) -> str:
        """One for all, as they share the password; made only if somebody is added."""
        return hash_password(self._password)

    async def admin(self, email: str) -> None:
        if not await self._has(Admin, func.lower(Admin.email) == normalise_email(email)):
            await self._add(Admin(email=normalise_email(email), password_hash=self._password_hash))

    async def vendor(self, record: records.Vendor) -> None:
        vendor_id = (
            await self._session.execute(select(Vendor.id).where(Vendor.vendor_code == record.code))
        ).scalar_one_or_none()
        if vendor_id is None:
            row = _vendor_row(record)
            await self._add(row)
            vendor_id = row.id
        if not await self._has(InvoiceIssuer, InvoiceIssuer.vendor_id == vendor_id):
            await self._add(InvoiceIssuer(vendor_id=vendor_id, **asdict(record.invoice_issuer)))
        # What somebody did with a method stays, also where its rates are for other countries now.
        known = set(
            await self._session.scalars(
                select(ShippingMethod.code).where(ShippingMethod.vendor_id == vendor_id)
            )
        )
        for position, method in enumerate(record.shipping_methods):
            if method.code not in known:
                await self._shipping_method(vendor_id, method, position)
        for user in record.users:
            await self._user(vendor_id, user)
        for customer in record.customers:
            await self._customer(vendor_id, customer)
        for product in record.products:
            await self._product(vendor_id, product)

    async def _shipping_method(self, vendor_id: int, record: records.ShippingMethod, position: int) -> None:
        await self._add(
            ShippingMethod(
                vendor_id=vendor_id,
                code=record.code,
                name=record.name,
                price=record.price,
                countries=sorted(record.countries),
                position=position,
            )
        )

    async def _user(self, vendor_id: int, record: records.VendorUser) -> None:
        email = normalise_email(record.email)
        if await self._has(VendorUser, func.lower(VendorUser.email) == email):
            return
        await self._add(
            VendorUser(
                vendor_id=vendor_id,
                email=email,
                password_hash=self._password_hash,
                first_name=record.first_name,
                last_name=record.last_name,
                role=record.role,
            )
        )

    async def _customer(self, vendor_id: int, record: records.Customer) -> None:
        """The address book comes with its customer; one that its owner has emptied stays empty."""
        email = normalise_email(record.email)
        if await self._has(Customer, Customer.vendor_id == vendor_id, func.lower(Customer.email) == email):
            return
        customer = Customer(
            vendor_id=vendor_id,
            email=email,
            password_hash=self._password_hash,
            first_name=record.first_name,
            last_name=record.last_name,
        )
        await self._add(customer)
        for address in record.addresses:
            await self._add(_address_row(customer, address))

    async def _product(self, vendor_id: int, record: records.Product) -> None:
        """The stock comes with its product, and with the movement that accounts for it."""
        if await self._has(Product, Product.vendor_id == vendor_id, Product.sku == record.sku):
            return
        product = Product(
            vendor_id=vendor_id,
            sku=record.sku,
            title=record.title,
            description=record.description,
            price=record.price,
            featured_image=record.featured_image,
        )
        await self._add(product)
        await self._add(
            Inventory(product_id=product.id, vendor_id=vendor_id, available_quantity=record.stock)
        )
        await self._add(
            InventoryMovement(
                vendor_id=vendor_id,
                product_id=product.id,
                movement_type="initial",
                available_change=record.stock,
                reserved_change=0,
            )
        )

    async def _has(self, table: type[Base], *conditions: ColumnElement[bool]) -> bool:
        found = await self._session.execute(select(text("1")).select_from(table).where(*conditions))
        return found.first() is not None

    async def _add(self, row: Base) -> None:
        self._session.add(row)
        await self._session.flush()
        self.added += 1


def _vendor_row(record: records.Vendor) -> Vendor:
    return Vendor(
        vendor_code=record.code,
        name=record.name,
        contact_email=record.contact_email,
        country=record.country,
        currency=record.currency,
        order_number_prefix=record.order_number_prefix,
        prices_include_tax=record.prices_include_tax,
        tax_shipping=record.tax_shipping,
        payment_methods=list(record.payment_methods),
        time_zone=usual_time_zone(record.country),
    )


def _address_row(customer: Customer, record: records.Address) -> CustomerAddress:
    return CustomerAddress(
        vendor_id=customer.vendor_id,
        customer_id=customer.id,
        first_name=record.first_name,
        last_name=record.last_name,
        company=record.company,
        address_line1=record.address_line1,
        address_line2=record.address_line2,
        city=record.city,
        postal_code=record.postal_code,
        country=record.country,
        phone=record.phone,
        is_default=record.is_default,
    )


async def _run(settings: Settings) -> int:
    database = Database(settings.database_url, pool_size=1, timeout=30.0)
    try:
        return await seed(database, load_catalogue(), environment=settings.environment)
    finally:
        await database.close()


def main() -> None:
    """Seed the database of the settings; exits with 1 and a sentence when that is impossible."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    settings = Settings()
    address = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        added = asyncio.run(_run(settings))
    except ProductionSeedError as error:
        sys.exit(str(error))
    except (OSError, TimeoutError) as error:
        sys.exit(f"The database at {address} does not answer: {error}")
    except DBAPIError as error:
        sys.exit(f"The database at {address} refused: {error.orig}")
    log.info("demo data: %s", f"{added} rows added" if added else "all there")


if __name__ == "__main__":
    main()
