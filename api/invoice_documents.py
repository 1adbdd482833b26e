"""What is written on an invoice or a note: read from the order's copies and the document's own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from db.queries.invoice_issuing import rates_of
from db.queries.invoices import StoredInvoice
from db.tables import Vendor
from domain.invoices import InvoiceKind, RateAmount


@dataclass(frozen=True)
class Party:
    """Who sells or buys. Lines are as they are written, an address with its country's code last."""

    name: str
    lines: tuple[str, ...]
    country: str
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""


@dataclass(frozen=True)
class DocumentLine:
    """A line of goods, or of shipping, which has no `sku`; its price is as the vendor entered it.

    `rate` is in percent; None where the document's amounts by rate say it.
    """

    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    rate: Decimal | None


@dataclass(frozen=True)
class InvoiceDocument:
    """An invoice or a note, ready to be set. Amounts are in `currency`; days are the vendor's.

    Notes have no lines, only amounts by rate; `corrects` is the number of what they correct. Why a refund was
    given is for the vendor's people, and not written on them.
    """

    kind: InvoiceKind
    number: str
    issued_on: date
    order_number: str
    ordered_on: date
    paid_on: date | None
    supplied_on: date | None
    corrects: str | None
    seller: Party
    buyer: Party
    deliver_to: Party | None
    lines: tuple[DocumentLine, ...]
    discount: Decimal
    prices_include_tax: bool
    rates: tuple[RateAmount, ...]
    net_total: Decimal
    tax_total: Decimal
    total: Decimal
    currency: str
    footer: str


def document_of(stored: StoredInvoice, vendor: Vendor) -> InvoiceDocument:
    """The document as it was issued; `vendor` tells only its time zone, and where to ask."""
    invoice, order = stored.invoice, stored.order
    zone = ZoneInfo(vendor.time_zone)
    is_invoice = invoice.kind == InvoiceKind.INVOICE
    buyer, deliver_to = _buyer(order.billing_address), _buyer(order.shipping_address)
    return InvoiceDocument(
        kind=InvoiceKind(invoice.kind),
        number=invoice.number,
        issued_on=invoice.issued_on,
        order_number=order.order_number,
        ordered_on=order.created_at.astimezone(zone).date(),
        paid_on=order.paid_at and order.paid_at.astimezone(zone).date(),
        supplied_on=order.shipped_at and order.shipped_at.astimezone(zone).date(),
        corrects=stored.corrects,
        seller=_seller(invoice.issuer, vendor.contact_email),
        buyer=buyer,
        deliver_to=deliver_to if is_invoice and deliver_to != buyer else None,
        lines=_lines(stored) if is_invoice else (),
        discount=order.discount_amount if is_invoice else Decimal("0.00"),
        prices_include_tax=order.prices_include_tax,
        rates=tuple(rates_of(invoice)),
        net_total=invoice.total_amount - invoice.tax_amount,
        tax_total=invoice.tax_amount,
        total=invoice.total_amount,
        currency=invoice.currency,
        footer=invoice.issuer["footer"],
    )


def _lines(stored: StoredInvoice) -> tuple[DocumentLine, ...]:
    goods = tuple(
        DocumentLine(
            item.product_sku,
            item.product_title,
            item.quantity,
            item.unit_price,
            item.total_price,
            item.tax_rate,
        )
        for item in stored.items
    )
    cost = stored.order.shipping_cost
    return (*goods, DocumentLine("", stored.invoice.shipping_name, 1, cost, cost, None))


def _seller(issuer: dict[str, Any], email: str) -> Party:
    place = f"{issuer['postal_code']} {issuer['city']}"
    return Party(
        issuer["legal_name"],
        _filled(issuer["address_line1"], issuer["address_line2"], place),
        issuer["country"],
        vat_id=issuer["vat_id"],
        tax_number=issuer["tax_number"],
        email=email,
    )


def _buyer(address: dict[str, Any]) -> Party:
    person = f"{address['first_name']} {address['last_name']}"
    company = address.get("company")
    place = f"{address['postal_code']} {address['city']}"
    lines = _filled(address["address_line1"], address.get("address_line2"), place)
    if company:
        return Party(company, (person, *lines), address["country"])
    return Party(person, lines, address["country"])


def _filled(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
