"""Issuing what an order lacks of invoices and notes: once each, with numbers that have no gaps."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.invoice_issuers import LINES, find_issuer
from db.tables import (
    Invoice,
    InvoiceIssuer,
    InvoiceNumberCounter,
    Order,
    OrderItem,
    Refund,
    RefundItem,
    ShippingMethod,
    Vendor,
)
from domain.errors import InvoiceNotDue, InvoicingNotSetUp, OrderNotFound
from domain.invoices import (
    InvoicedRefund,
    InvoiceKind,
    Issued,
    RateAmount,
    RefundShares,
    credit,
    due_documents,
    invoice_number,
    left_of,
)
from domain.lifecycle import RefundStatus

_NOTHING = Decimal("0.00")


class Document(Protocol):
    """An invoice or a note, as far as it tells what else is due."""

    @property
    def kind(self) -> str: ...

    @property
    def refund_id(self) -> int | None: ...


def due_of(order: Order, documents: Iterable[Document], refunds: Iterable[Refund]) -> Sequence[Issued]:
    """What an order with these documents and refunds lacks."""
    return due_documents(
        [Issued(InvoiceKind(each.kind), each.refund_id) for each in documents],
        [InvoicedRefund(refund.id, RefundStatus(refund.status)) for refund in refunds],
        paid=order.paid_at is not None,
    )


async def issue_due(session: AsyncSession, *, vendor_id: int, order_id: int) -> Sequence[Invoice]:
    """Issue the documents that an order lacks and return them; none where it has all of them.

    One transaction at a time does so for an order, and gives the next numbers of the vendor: with the
    documents, or not at all.

    Raises OrderNotFound, InvoiceNotDue before the order is paid, InvoicingNotSetUp before the vendor has said
    who sells.
    """
    order = await session.scalar(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise OrderNotFound("There is no such order.")
    if order.paid_at is None:
        raise InvoiceNotDue("There is an invoice once the order is paid.")
    issuer = await find_issuer(session, vendor_id=vendor_id)
    if issuer is None:
        raise InvoicingNotSetUp("The shop has not set up its invoices yet.")
    refunds = (
        await session.scalars(select(Refund).where(Refund.order_id == order.id).order_by(Refund.id))
    ).all()
    issued = list(
        (
            await session.scalars(select(Invoice).where(Invoice.order_id == order.id).order_by(Invoice.id))
        ).all()
    )
    due = due_of(order, issued, refunds)
    by_id = {refund.id: refund for refund in refunds}
    for document in due:
        refund = None if document.refund_id is None else by_id[document.refund_id]
        issued.append(await _issue(session, order, issuer, document, refund, issued))
    return issued[len(issued) - len(due) :]


async def _issue(
    session: AsyncSession,
    order: Order,
    issuer: InvoiceIssuer,
    document: Issued,
    refund: Refund | None,
    before: Sequence[Invoice],
) -> Invoice:
    corrects, rates = await _content(session, order, document, refund, before)
    number, issued_on = await _next_number(session, order.vendor_id, document.kind)
    invoice = Invoice(
        vendor_id=order.vendor_id,
        order_id=order.id,
        kind=document.kind,
        number=number,
        refund_id=document.refund_id,
        corrects_id=None if corrects is None else corrects.id,
        issued_on=issued_on,
        issuer={name: getattr(issuer, name) for name in LINES},
        rates=[{"rate": str(line.rate), "net": str(line.net), "tax": str(line.tax)} for line in rates],
        shipping_name=await _shipping_name(session, order),
        tax_amount=sum((line.tax for line in rates), _NOTHING),
        total_amount=sum((line.gross for line in rates), _NOTHING),
        currency=order.currency,
    )
    session.add(invoice)
    await session.flush()
    return invoice


async def _content(
    session: AsyncSession, order: Order, document: Issued, refund: Refund | None, before: Sequence[Invoice]
) -> tuple[Invoice | None, Sequence[RateAmount]]:
    """What a document corrects, and its amounts by rate."""
    if refund is None:
        return None, [
            RateAmount(Decimal(row["rate"]), Decimal(row["base"]), Decimal(row["tax"]))
            for row in order.tax_summary
        ]
    if document.kind == InvoiceKind.DEBIT_NOTE:
        credit_note = next(
            each
            for each in reversed(before)
            if each.kind == InvoiceKind.CREDIT_NOTE and each.refund_id == refund.id
        )
        return credit_note, rates_of(credit_note)
    left = left_of(
        *([line for each in before if each.kind == kind for line in rates_of(each)] for kind in InvoiceKind)
    )
    invoice = next(each for each in before if each.kind == InvoiceKind.INVOICE)
    goods_rate = await session.scalar(
        select(OrderItem.tax_rate).where(OrderItem.order_id == order.id).limit(1)
    )
    shares = await _shares(session, refund)
    return invoice, credit(left, shares, goods_rate=goods_rate or _NOTHING, currency=order.currency)


async def _shipping_name(session: AsyncSession, order: Order) -> str:
    names = select(ShippingMethod.name).where(
        ShippingMethod.vendor_id == order.vendor_id, ShippingMethod.code == order.shipping_method
    )
    return await session.scalar(names.order_by(ShippingMethod.id).limit(1)) or order.shipping_method


async def _shares(session: AsyncSession, refund: Refund) -> RefundShares:
    """What a refund is for; where an amount was chosen for some pieces, all of it is for them."""
    pieces = (await session.scalars(select(RefundItem.amount).where(RefundItem.refund_id == refund.id))).all()
    rest = refund.amount - refund.shipping_amount
    goods = rest if pieces else _NOTHING
    return RefundShares(goods, refund.shipping_amount, rest - goods)


def rates_of(invoice: Invoice) -> list[RateAmount]:
    """The amounts of a document by rate."""
    return [
        RateAmount(Decimal(row["rate"]), Decimal(row["net"]), Decimal(row["tax"])) for row in invoice.rates
    ]


async def _next_number(session: AsyncSession, vendor_id: int, kind: InvoiceKind) -> tuple[str, date]:
    """The next number of a series, which nobody else gets, and the vendor's day on which it is given.

    The counter's row stays locked until the transaction ends, so that numbers have no gaps.
    """
    zone = await session.scalar(select(Vendor.time_zone).where(Vendor.id == vendor_id))
    today = datetime.now(UTC).astimezone(ZoneInfo(zone or "UTC")).date()
    counter: Any = InvoiceNumberCounter
    statement = (
        insert(InvoiceNumberCounter)
        .values(vendor_id=vendor_id, kind=kind, year=today.year, last_number=1)
        .on_conflict_do_update(
            index_elements=[counter.vendor_id, counter.kind, counter.year],
            set_={"last_number": InvoiceNumberCounter.last_number + 1},
        )
        .returning(InvoiceNumberCounter.last_number)
    )
    last = (await session.execute(statement)).scalar_one()
    return invoice_number(kind, today.year, last), today
