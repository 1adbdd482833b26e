"""Invoices and notes as people read them, and the orders that lack some."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.direct import Direct
from db.tables import Invoice, InvoiceIssuer, Order, OrderItem, Refund
from domain.errors import InvoiceNotFound
from domain.invoices import InvoiceKind
from domain.lifecycle import RefundStatus

_OTHER = aliased(Invoice)
# Few documents correct one, so it is looked up where it is needed.
_CORRECTS = select(_OTHER.number).where(_OTHER.id == Invoice.corrects_id).scalar_subquery()
# A document is issued after its order was paid, whatever time zone its day is in.
_EARLIER = timedelta(days=2)
_BATCH = 500


@dataclass(frozen=True)
class ListedInvoice:
    """A document with the numbers of its order and of what it corrects."""

    invoice: Invoice
    order_number: str
    corrects: str | None


@dataclass(frozen=True)
class OrderDocument:
    """What pages list of a document of an order."""

    id: int
    kind: InvoiceKind
    number: str
    issued_on: date
    refund_id: int | None


@dataclass(frozen=True)
class StoredInvoice:
    """A document with all that is written on it."""

    invoice: Invoice
    order: Order
    items: Sequence[OrderItem]
    corrects: str | None


_LISTED = select(Invoice, Order.order_number, _CORRECTS).join(Order, Order.id == Invoice.order_id)


def _listed(rows: Any) -> list[ListedInvoice]:  # noqa: ANN401 -- a result's rows
    return [ListedInvoice(*row) for row in rows]


async def list_of_order(session: AsyncSession, *, order_id: int) -> Sequence[ListedInvoice]:
    """The documents of an order, oldest first."""
    statement = _LISTED.where(Invoice.order_id == order_id).order_by(Invoice.id)
    return _listed(await session.execute(statement))


_DOCUMENTS = (
    select(
        exists().where(InvoiceIssuer.vendor_id == Order.vendor_id).label("is_set_up"),
        *(getattr(Invoice, each.name) for each in fields(OrderDocument)),
    )
    .select_from(Order)
    .outerjoin(Invoice, Invoice.order_id == Order.id)
    .where(Order.id == bindparam("order_id", type_=BigInteger))
    .order_by(Invoice.id)
)


async def read_documents(direct: Direct, *, order_id: int) -> tuple[Sequence[OrderDocument], bool]:
    """The documents of an order that exists, oldest first, and whether its vendor has an issuer."""
    found = await direct.all(_DOCUMENTS, {"order_id": order_id})
    documents = [
        OrderDocument(row.id, InvoiceKind(row.kind), row.number, row.issued_on, row.refund_id)
        for row in found
        if row.id is not None
    ]
    return documents, found[0].is_set_up


async def list_of_vendor(
    session: AsyncSession,
    *,
    first: date | None = None,
    last: date | None = None,
    before: tuple[date, int] | None = None,
    skip: int = 0,
    limit: int,
) -> Sequence[ListedInvoice]:
    """The session's vendor's documents of some days, both included, newest first; after the one `before`."""
    statement = _LISTED.where(*_issued_between(first, last))
    if before is not None:
        statement = statement.where(tuple_(Invoice.issued_on, Invoice.id) < before)
    statement = statement.order_by(Invoice.issued_on.desc(), Invoice.id.desc()).offset(skip).limit(limit)
    return _listed(await session.execute(statement))


def _issued_between(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if first is not None:
        bounds.append(Invoice.issued_on >= first)
    if last is not None:
        bounds.append(Invoice.issued_on <= last)
    return bounds


@dataclass(frozen=True)
class AccountedInvoice:
    """A document with who bought, and in which country, for the books."""

    invoice: Invoice
    order_number: str
    corrects: str | None
    billing_address: dict[str, Any]


async def read_accounts(
    session: AsyncSession, *, first: date, last: date
) -> AsyncGenerator[Sequence[AccountedInvoice], None]:
    """The session's vendor's documents of some days, both included, oldest first, in batches."""
    statement = (
        select(Invoice, Order.order_number, _CORRECTS, Order.billing_address)
        .join(Order, Order.id == Invoice.order_id)
        .where(*_issued_between(first, last))
        .order_by(Invoice.issued_on, Invoice.id)
        .execution_options(yield_per=_BATCH)
    )
    found = await session.stream(statement)
    try:
        async for batch in found.partitions():
            yield [AccountedInvoice(*row) for row in batch]
            session.expunge_all()  # a long file is not to be held as a whole
    finally:
        await found.close()


async def get_invoice(
    session: AsyncSession, *, invoice_id: int, order_id: int | None = None
) -> StoredInvoice:
    """A document with its order; of that order only, where one is given. Raises InvoiceNotFound."""
    statement = (
        select(Invoice, Order, _CORRECTS)
        .join(Order, Order.id == Invoice.order_id)
        .where(Invoice.id == invoice_id)
    )
    if order_id is not None:
        statement = statement.where(Invoice.order_id == order_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise InvoiceNotFound("There is no such invoice.")
    invoice, order, corrects = row
    items = await session.scalars(
        select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.position)
    )
    return StoredInvoice(invoice, order, items.all(), corrects)


def _unbilled(first: datetime, end: datetime) -> Select[int, datetime | None]:
    has_one = exists().where(
        Invoice.order_id == Order.id,
        Invoice.kind == InvoiceKind.INVOICE,
        Invoice.issued_on >= first.date() - _EARLIER,
    )
    return select(Order.id, Order.paid_at).where(Order.paid_at >= first, Order.paid_at < end, ~has_one)


def _uncorrected(
    first: datetime, end: datetime, status: RefundStatus, credited: int
) -> Select[int, datetime | None]:
    """Orders with refunds of this status of which so many credit notes stand, which is not what should."""
    standing = _notes(InvoiceKind.CREDIT_NOTE) - _notes(InvoiceKind.DEBIT_NOTE)
    return (
        select(Order.id, Order.paid_at)
        .join(Refund, Refund.order_id == Order.id)
        .where(
            Refund.status == literal_column(f"'{status}'"),  # as the indexes of refunds have it
            Refund.created_at >= first,
            Refund.created_at < end,
            Order.paid_at.is_not(None),
            standing == credited,
        )
    )


def _notes(kind: InvoiceKind) -> ScalarSelect[int]:
    counted = select(func.count()).where(
        Invoice.order_id == Refund.order_id, Invoice.refund_id == Refund.id, Invoice.kind == kind
    )
    return counted.correlate(Refund).scalar_subquery()


async def list_due(session: AsyncSession, *, first: datetime, end: datetime, limit: int) -> Sequence[int]:
    """The ids of the session's vendor's orders that lack documents, in the order in which they were paid.

    Orders that were paid from `first` on and before `end`, and those refunded in that time.
    """
    due = union(
        _unbilled(first, end),
        _uncorrected(first, end, RefundStatus.SUCCEEDED, 0),
        _uncorrected(first, end, RefundStatus.FAILED, 1),
    ).subquery()
    statement = select(due.c.id).order_by(due.c.paid_at, due.c.id).limit(limit)
    return (await session.scalars(statement)).all()
