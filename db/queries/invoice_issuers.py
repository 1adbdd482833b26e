"""Who is named as the seller on a vendor's invoices."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import InvoiceIssuer

LINES = (
    "legal_name",
    "address_line1",
    "address_line2",
    "postal_code",
    "city",
    "country",
    "vat_id",
    "tax_number",
    "footer",
)


async def find_issuer(session: AsyncSession, *, vendor_id: int) -> InvoiceIssuer | None:
    """The seller of the session's vendor; None as long as nobody has said."""
    return await session.get(InvoiceIssuer, vendor_id)


async def save_issuer(session: AsyncSession, *, vendor_id: int, lines: Mapping[str, str]) -> InvoiceIssuer:
    """Keep who sells, all of it; documents that were issued stay as they are."""
    values = {name: lines[name] for name in LINES}
    statement = insert(InvoiceIssuer).values(vendor_id=vendor_id, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[InvoiceIssuer.vendor_id], set_={**values, "updated_at": func.now()}
        )
    )
    return await session.get_one(InvoiceIssuer, vendor_id, populate_existing=True)
