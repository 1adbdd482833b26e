"""Invoices on demand: issued when somebody first wants them, and the same ever after."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.invoice_documents import InvoiceDocument, document_of
from db.queries import invoice_issuers, invoices, orders
from db.queries.invoice_issuing import due_of, issue_due
from db.queries.invoices import ListedInvoice
from db.session import Database
from db.tables import Vendor

# Each is a transaction of its own; a request that issued more would keep its caller waiting.
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class OrderInvoices:
    """The documents of an order, oldest first, and whether some are due and can be issued now."""

    invoices: Sequence[ListedInvoice]
    can_issue: bool


@dataclass(frozen=True)
class IssuedMonth:
    """How many documents were issued, and whether more orders of the month lack some."""

    issued: int
    more: bool


async def order_invoices(
    database: Database, *, vendor_id: int, order_id: int, customer_id: int | None = None
) -> OrderInvoices:
    """What there is for an order; for one of a customer's own, where one is given. Raises OrderNotFound."""
    async with database.reading(vendor_id) as session:
        return await _order_invoices(session, vendor_id, order_id, customer_id)


async def issue_order_invoices(
    database: Database, *, vendor_id: int, order_id: int, customer_id: int | None = None
) -> tuple[OrderInvoices, int]:
    """Issue what an order lacks; all it has then, and how many are new.

    Raises OrderNotFound, InvoiceNotDue, InvoicingNotSetUp.
    """
    async with database.vendor(vendor_id) as session:
        await orders.get_order(session, order_id=order_id, customer_id=customer_id)
        new = await issue_due(session, vendor_id=vendor_id, order_id=order_id)
        return await _order_invoices(session, vendor_id, order_id, customer_id), len(new)


async def issue_month(database: Database, *, vendor_id: int, month: date) -> IssuedMonth:
    """Issue what the orders paid or refunded in a month lack, oldest first, a hundred orders at most.

    `month` is any day of it; it begins and ends in the vendor's time zone. Raises InvoicingNotSetUp.
    """
    async with database.reading(vendor_id) as session:
        vendor = await session.get_one(Vendor, vendor_id)
        first, end = _month_of(month, ZoneInfo(vendor.time_zone))
        due = await invoices.list_due(session, first=first, end=end, limit=MOST_AT_ONCE + 1)
    issued = 0
    for order_id in due[:MOST_AT_ONCE]:
        async with database.vendor(vendor_id) as session:
            issued += len(await issue_due(session, vendor_id=vendor_id, order_id=order_id))
    return IssuedMonth(issued, more=len(due) > MOST_AT_ONCE)


async def read_document(database: Database, *, vendor_id: int, invoice_id: int) -> InvoiceDocument:
    """What is written on a document, for its vendor. Raises InvoiceNotFound."""
    async with database.reading(vendor_id) as session:
        stored = await invoices.get_invoice(session, invoice_id=invoice_id)
        return document_of(stored, await session.get_one(Vendor, vendor_id))


async def read_own_document(
    database: Database, *, vendor_id: int, customer_id: int, order_id: int, invoice_id: int
) -> InvoiceDocument:
    """What is written on a document of a customer's order. Raises OrderNotFound, InvoiceNotFound."""
    async with database.reading(vendor_id) as session:
        await orders.get_order(session, order_id=order_id, customer_id=customer_id)
        stored = await invoices.get_invoice(session, invoice_id=invoice_id, order_id=order_id)
        return document_of(stored, await session.get_one(Vendor, vendor_id))


def last_of_month(day: date) -> date:
    """The last day of the month of a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _month_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the month of a day begins, and when the next one does."""
    after = last_of_month(day) + timedelta(days=1)
    return datetime.combine(day.replace(day=1), time(), zone), datetime.combine(after, time(), zone)


async def _order_invoices(
    session: AsyncSession, vendor_id: int, order_id: int, customer_id: int | None
) -> OrderInvoices:
    stored = await orders.get_order(session, order_id=order_id, customer_id=customer_id)
    history = await orders.get_history(session, order_id=order_id)
    listed = await invoices.list_of_order(session, order_id=order_id)
    issuer = await invoice_issuers.find_issuer(session, vendor_id=vendor_id)
    due = due_of(stored.order, [each.invoice for each in listed], history.refunds)
    return OrderInvoices(listed, can_issue=issuer is not None and bool(due))
