"""Invoices, and the notes that correct them: which are due, how they are numbered, what tax they show.

An invoice of a seller in the EU has a sequential number that identifies it and shows net amount and tax by
rate; whatever changes it refers to it by its number (Directive 2006/112/EC, Articles 219 and 226).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.errors import InvalidAmount, IssuerInvalid
from domain.lifecycle import RefundStatus
from domain.money import allocate, exact
from domain.tax import net_of_gross

_NOTHING = Decimal("0.00")


class InvoiceKind(StrEnum):
    """A credit note takes back what a refund gave, a debit note a credit note whose refund failed later."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"


_SERIES = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN", InvoiceKind.DEBIT_NOTE: "DN"}


def invoice_number(kind: InvoiceKind, year: int, number: int) -> str:
    """`INV-2026-00042`: each kind and year of a vendor counts from 1 on, without gaps."""
    return f"{_SERIES[kind]}-{year}-{number:05d}"


def check_vat_id(vat_id: str) -> str:
    """A VAT number as it is written on an invoice: in upper case, without blanks, dots and hyphens.

    Its beginning is a country's two letters (Directive 2006/112/EC, Article 215). Raises IssuerInvalid.
    """
    written = vat_id.translate(str.maketrans("", "", " .-")).upper()
    if not (written.isascii() and written.isalnum() and written[:2].isalpha() and 4 <= len(written) <= 16):
        raise IssuerInvalid("A VAT number begins with two letters, such as LU12345678.", field="vat_id")
    return written


@dataclass(frozen=True, slots=True)
class RateAmount:
    """What is taxed at one rate in per cent: `net` is without tax."""

    rate: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """Net amount and tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class Issued:
    """A document that there is, and the refund that it is about."""

    kind: InvoiceKind
    refund_id: int | None = None


@dataclass(frozen=True, slots=True)
class InvoicedRefund:
    """A refund and how far it got."""

    id: int
    status: RefundStatus


def due_documents(
    issued: Sequence[Issued], refunds: Iterable[InvoicedRefund], *, paid: bool
) -> tuple[Issued, ...]:
    """The documents that an order lacks, in the order in which they are to be numbered.

    An invoice once money was received; a credit note for each refund that reached the customer; and a debit
    note where such a refund came back after all, as Stripe may say later
    (https://docs.stripe.com/refunds#failed-refunds).
    """
    if not paid:
        return ()
    due = [] if any(each.kind == InvoiceKind.INVOICE for each in issued) else [Issued(InvoiceKind.INVOICE)]
    for refund in refunds:
        noted = [each.kind for each in issued if each.refund_id == refund.id]
        is_credited = noted.count(InvoiceKind.CREDIT_NOTE) > noted.count(InvoiceKind.DEBIT_NOTE)
        if refund.status == RefundStatus.SUCCEEDED and not is_credited:
            due.append(Issued(InvoiceKind.CREDIT_NOTE, refund.id))
        elif refund.status == RefundStatus.FAILED and is_credited:
            due.append(Issued(InvoiceKind.DEBIT_NOTE, refund.id))
    return tuple(due)


def left_of(
    invoiced: Sequence[RateAmount], credited: Iterable[RateAmount], debited: Iterable[RateAmount] = ()
) -> tuple[RateAmount, ...]:
    """What of an invoice its credit notes have left, rate by rate; debit notes give back."""
    left = {line.rate: line for line in invoiced}
    for sign, lines in ((-1, credited), (1, debited)):
        for line in lines:
            before = left[line.rate]
            left[line.rate] = RateAmount(
                line.rate, before.net + sign * line.net, before.tax + sign * line.tax
            )
    return tuple(left.values())


@dataclass(frozen=True, slots=True)
class RefundShares:
    """What a refund is for, tax included: `goods`, `shipping`, and what was given for neither."""

    goods: Decimal
    shipping: Decimal
    other: Decimal

    @property
    def total(self) -> Decimal:
        """All of the refund."""
        return self.goods + self.shipping + self.other


def credit(
    left: Sequence[RateAmount], refund: RefundShares, *, goods_rate: Decimal, currency: str
) -> tuple[RateAmount, ...]:
    """What a refund takes of each rate of its invoice, given what earlier credit notes have left.

    Goods go back at `goods_rate`, shipping at the rate that it was charged at, which is 0 % where only goods
    were taxed; what is for neither is shared over what is left. Whatever the order of refunds, credit notes
    for all of an invoice show its net amounts and taxes to the cent.

    Raises InvalidAmount for more than what is left.
    """
    amount = exact(refund.total, currency)
    if amount > sum((line.gross for line in left), _NOTHING):
        raise InvalidAmount("A refund cannot be more than what is left of its invoice.", amount=str(amount))
    rates = [line.rate for line in left]
    room = [line.gross for line in left]
    parts = [_NOTHING] * len(left)
    goods_at = rates.index(goods_rate) if goods_rate in rates else 0
    shipping_at = next((at for at, rate in enumerate(rates) if rate == 0 and rate != goods_rate), goods_at)
    other = refund.other
    for at, share in ((goods_at, refund.goods), (shipping_at, refund.shipping)):
        fits = min(share, room[at] - parts[at])
        parts[at] += fits
        other += share - fits
    rest = allocate(other, [most - part for most, part in zip(room, parts, strict=True)], currency)
    parts = [part + more for part, more in zip(parts, rest, strict=True)]
    return tuple(_part_of(line, part, currency) for line, part in zip(left, parts, strict=True) if part)


def _part_of(line: RateAmount, gross: Decimal, currency: str) -> RateAmount:
    """A part of what is left at a rate, which takes all of its tax when it is all of it."""
    if gross == line.gross:
        return line
    tax = min(gross - net_of_gross(gross, line.rate, currency), line.tax)
    # The rest has to stay an amount with a tax that is not above it.
    tax = max(tax, line.tax - (line.gross - gross))
    return RateAmount(line.rate, gross - tax, tax)
