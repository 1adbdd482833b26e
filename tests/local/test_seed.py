"""The demo data: complete, added once, and never in production."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from api.passwords import verify_password
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
from local.catalogue.loader import load_catalogue
from local.logins import logins
from local.seed import ProductionSeedError, seed

_TABLES = (
    Admin,
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


async def counts(database: Database) -> dict[str, int]:
    async with database.platform() as session:
        return {
            table.__tablename__: (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in _TABLES
        }


async def test_seed_adds_the_catalogue_once(database: Database) -> None:
    catalogue = load_catalogue()
    added = await seed(database, catalogue, environment="development")
    first = await counts(database)

    assert added == sum(first.values())
    assert first["vendors"] == len(catalogue.vendors)
    assert first["products"] == sum(len(vendor.products) for vendor in catalogue.vendors)
    assert first["customer_addresses"] == sum(
        len(customer.addresses) for vendor in catalogue.vendors for customer in vendor.customers
    )
    assert await seed(database, catalogue, environment="development") == 0
    assert await counts(database) == first


async def test_stock_is_accounted_for(database: Database) -> None:
    await seed(database, load_catalogue(), environment="development")
    moved = func.coalesce(func.sum(InventoryMovement.available_change), 0)
    statement = (
        select(Inventory.available_quantity, moved)
        .join(InventoryMovement, InventoryMovement.product_id == Inventory.product_id)
        .group_by(Inventory.product_id)
    )
    async with database.platform() as session:
        rows = (await session.execute(statement)).all()
    assert rows
    assert all(available == total for available, total in rows)


async def test_what_somebody_changed_stays_changed(database: Database) -> None:
    catalogue = load_catalogue()
    await seed(database, catalogue, environment="development")
    sku = catalogue.vendors[0].products[0].sku
    async with database.platform() as session:
        await session.execute(update(Product).where(Product.sku == sku).values(price=Decimal("1.23")))

    await seed(database, catalogue, environment="development")

    async with database.platform() as session:
        price = (await session.execute(select(Product.price).where(Product.sku == sku))).scalar_one()
    assert price == Decimal("1.23")


async def test_every_login_opens(database: Database) -> None:
    catalogue = load_catalogue()
    await seed(database, catalogue, environment="development")
    found = await logins(database, catalogue)

    assert [vendor["vendor_code"] for vendor in found["vendors"]] == ["ACME", "FIKA"]
    people: list[tuple[type[Base], dict[str, str]]] = [
        (Admin, found["admin"]),
        (Customer, found["customer"]),
        *((VendorUser, vendor) for vendor in found["vendors"]),
    ]
    async with database.platform() as session:
        for table, login in people:
            columns = table.__table__.c
            hashes = await session.execute(
                select(columns.password_hash).where(columns.email == login["email"])
            )
            password_hash = hashes.scalars().first()
            assert password_hash is not None
            assert verify_password(password_hash, login["password"])


async def test_production_gets_no_demo_data(database: Database) -> None:
    with pytest.raises(ProductionSeedError):
        await seed(database, load_catalogue(), environment="production")
    assert (await counts(database))["vendors"] == 0
