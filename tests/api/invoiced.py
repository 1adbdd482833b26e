"""Shops that issue invoices, and orders that were paid, without anybody having bought something."""

from datetime import UTC, datetime
from decimal import Decimal

from db.queries.invoice_issuers import save_issuer
from db.session import Database
from db.tables import Order, Vendor
from tests.api.backoffice import create_order
from tests.api.sales import change
from tests.api.storefront import Storefront

ISSUER = {
    "legal_name": "Acme S.à r.l.",
    "address_line1": "12 Grand-Rue",
    "address_line2": "",
    "postal_code": "1660",
    "city": "Luxembourg",
    "country": "LU",
    "vat_id": "LU12345678",
    "tax_number": "",
    "footer": "R.C.S. Luxembourg B 123456",
}
RATES = [{"rate": "17", "base": "17.01", "tax": "2.89"}]
VENDOR = "/api/v1/vendor"
PAID_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def set_up_invoices(database: Database, vendor: Vendor, **lines: str) -> None:
    """Say who sells."""
    async with database.vendor(vendor.id) as session:
        await save_issuer(session, vendor_id=vendor.id, lines={**ISSUER, **lines})


async def paid_order(
    database: Database, storefront: Storefront, *, paid_at: datetime = PAID_AT, created_at: datetime = PAID_AT
) -> Order:
    """A mug for 19.90, of which 2.89 are tax, paid."""
    order = await create_order(
        database, storefront.customer, storefront.mug, status="confirmed", created_at=created_at
    )
    await change(
        database,
        order,
        paid_at=paid_at,
        prices_include_tax=True,
        tax_amount=Decimal("2.89"),
        tax_summary=RATES,
    )
    return order


def number(series: str, last: int) -> str:
    """The number of a document that is issued this year."""
    return f"{series}-{datetime.now(UTC).year}-{last:05d}"


def own(shop: Storefront, order: Order) -> str:
    """Where a customer finds the documents of their order."""
    return f"{shop.path}/orders/my-orders/{order.id}/invoices"
