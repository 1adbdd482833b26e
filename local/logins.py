"""The logins of the demo shops."""

from typing import Any

from sqlalchemy import select

from db.session import Database
from db.tables import Vendor
from local.catalogue import records


async def logins(database: Database, catalogue: records.Catalogue) -> dict[str, Any]:
    """The demo logins in the form of `stack.json`: the owner of each shop, a customer, the admin."""
    codes = [vendor.code for vendor in catalogue.vendors]
    async with database.platform() as session:
        rows = await session.execute(
            select(Vendor.vendor_code, Vendor.id).where(Vendor.vendor_code.in_(codes))
        )
        ids = {row.vendor_code: row.id for row in rows}
    first = catalogue.vendors[0]
    return {
        "vendors": [
            {
                "id": ids[vendor.code],
                "vendor_code": vendor.code,
                "email": vendor.users[0].email,
                "password": catalogue.password,
            }
            for vendor in catalogue.vendors
        ],
        "customer": {
            "vendor_id": ids[first.code],
            "email": first.customers[0].email,
            "password": catalogue.password,
        },
        "admin": {"email": catalogue.admin_email, "password": catalogue.password},
    }
