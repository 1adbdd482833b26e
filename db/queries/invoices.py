"""Invoices and notes as people read them, and the orders that lack some."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.tables import Invoice, Order, OrderItem, Refund
from domain.errors import InvoiceNotFound
from domain.invoices import InvoiceKind
from domain.lifecycle import RefundStatus

_CORRECTED = aliased(Invoice)
_BATCH = 500


@dataclass(frozen=True)
class ListedInvoice:
    """A document with the numbers of its order and of what it corrects."""

    invoice: Invoice
    order_number: str
    corrects: str | None


@dataclass(frozen=True)
class StoredInvoice:
    """A document with all that is written on it."""

    invoice: Invoice
    order: Order
    items: Sequence[OrderItem]
    corrects: str | None
    refund: Refund | None


_LISTED = (
    select(Invoice, Order.order_number, _CORRECTED.number)
    .join(Order, Order.id == Invoice.order_id)
    .outerjoin(_CORRECTED, _CORRECTED.id == Invoice.corrects_id)
)


def _listed(rows: Any) -> list[ListedInvoice]:  # noqa: ANN401 -- a result's rows
    return [ListedInvoice(*row) for row in rows]


async def list_of_order(session: AsyncSession, *, order_id: int) -> Sequence[ListedInvoice]:
    """The documents of an order, oldest first."""
    statement = _LISTED.where(Invoice.order_id == order_id).order_by(Invoice.id)
    return _listed(await session.execute(statement))


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
        select(Invoice, Order.order_number, _CORRECTED.number, Order.billing_address)
        .join(Order, Order.id == Invoice.order_id)
        .outerjoin(_CORRECTED, _CORRECTED.id == Invoice.corrects_id)
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
        select(Invoice, Order, _CORRECTED.number, Refund)
        .join(Order, Order.id == Invoice.order_id)
        .outerjoin(_CORRECTED, _CORRECTED.id == Invoice.corrects_id)
        .outerjoin(Refund, Refund.id == Invoice.refund_id)
        .where(Invoice.id == invoice_id)
    )
    if order_id is not None:
        statement = statement.where(Invoice.order_id == order_id)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise InvoiceNotFound("There is no such invoice.")
    invoice, order, corrects, refund = row
    items = await session.scalars(
        select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.position)
    )
    return StoredInvoice(invoice, order, items.all(), corrects, refund)


def _lacks_invoice(first: datetime, end: datetime) -> ColumnElement[bool]:
    has_one = exists().where(Invoice.order_id == Order.id, Invoice.kind == InvoiceKind.INVOICE)
    return and_(Order.paid_at >= first, Order.paid_at < end, ~has_one)


def _notes(kind: InvoiceKind) -> Any:  # noqa: ANN401 -- a scalar subquery
    counted = select(func.count()).where(Invoice.refund_id == Refund.id, Invoice.kind == kind)
    return counted.correlate(Refund).scalar_subquery()


async def list_due(session: AsyncSession, *, first: datetime, end: datetime, limit: int) -> Sequence[int]:
    """The ids of the session's vendor's orders that lack documents, in the order in which they were paid.

    Orders that were paid from `first` on and before `end`, and those refunded in that time.
    """
    net = _notes(InvoiceKind.CREDIT_NOTE) - _notes(InvoiceKind.DEBIT_NOTE)
    refunded = select(Refund.order_id).where(
        Refund.created_at >= first,
        Refund.created_at < end,
        or_(
            and_(Refund.status == RefundStatus.SUCCEEDED, net == 0),
            and_(Refund.status == RefundStatus.FAILED, net == 1),
        ),
    )
    statement = (
        select(Order.id)
        .where(or_(_lacks_invoice(first, end), and_(Order.paid_at.is_not(None), Order.id.in_(refunded))))
        .order_by(Order.paid_at, Order.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()
