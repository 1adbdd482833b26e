"""What an invoice or a note says: everything that its template sets, as texts in one language."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from api.invoice_documents import DocumentLine, InvoiceDocument, Party
from api.pages.languages import Language
from domain.invoices import InvoiceKind

_Translate = Callable[[str], str]
_Labelled = tuple[str, str]


def invoice_content(document: InvoiceDocument, language: Language) -> dict[str, Any]:
    """The texts of a document for its template, as JSON can hold them; what there is not stays empty.

    Article 226 of Directive 2006/112/EC says what an invoice has to show.
    """
    gettext = language.translations.gettext
    return {
        "language": language.code.partition("-")[0],
        "author": document.seller.name,
        "number": document.number,
        "issued_on": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "title": _title(document.kind, gettext),
        "facts": list(_facts(document, language)),
        "parties": list(_parties(document, language)),
        "headline": _headline(document, language),
        "remarks": list(_remarks(document, gettext)),
        "line_columns": [
            gettext("Description"),
            gettext("Quantity"),
            gettext("Unit price"),
            gettext("VAT rate"),
            gettext("Amount"),
        ],
        "lines": [_line(line, document, language) for line in document.lines],
        "prices_note": _prices_note(document, gettext),
        "totals": list(_totals(document, language)),
        "rates_title": _rates_title(document.kind, gettext),
        "rate_columns": [gettext("VAT rate"), gettext("Without VAT"), gettext("VAT"), gettext("With VAT")],
        "rates": _rates(document, language),
        "footer": document.footer,
        "page": gettext("Page %(page)s of %(pages)s"),
    }


def _title(kind: InvoiceKind, gettext: _Translate) -> str:
    match kind:
        case InvoiceKind.INVOICE:
            return gettext("Invoice")
        case InvoiceKind.CREDIT_NOTE:
            return gettext("Credit note")
        case InvoiceKind.DEBIT_NOTE:
            return gettext("Debit note")


def _facts(document: InvoiceDocument, language: Language) -> Iterator[_Labelled]:
    """Numbers and days; the day of supply only of goods, which a note does not supply."""
    gettext = language.translations.gettext
    yield gettext("Number"), document.number
    yield gettext("Date of issue"), language.date(document.issued_on)
    if document.kind == InvoiceKind.INVOICE:
        supplied_on = document.supplied_on and language.date(document.supplied_on)
        yield gettext("Date of supply"), supplied_on or gettext("On delivery")
    elif document.corrects is not None:
        is_credit = document.kind == InvoiceKind.CREDIT_NOTE
        yield gettext("Corrects invoice") if is_credit else gettext("Corrects credit note"), document.corrects
    yield gettext("Order number"), document.order_number
    yield gettext("Date of order"), language.date(document.ordered_on)


def _parties(document: InvoiceDocument, language: Language) -> Iterator[dict[str, Any]]:
    gettext = language.translations.gettext
    yield _party(gettext("Seller"), document.seller, language)
    yield _party(gettext("Buyer"), document.buyer, language)
    if document.deliver_to is not None:
        yield _party(gettext("Delivered to"), document.deliver_to, language)


def _party(role: str, party: Party, language: Language) -> dict[str, Any]:
    gettext = language.translations.gettext
    more = []
    if party.vat_id:
        more.append(gettext("VAT number %(number)s") % {"number": party.vat_id})
    if party.tax_number:
        more.append(gettext("Tax number %(number)s") % {"number": party.tax_number})
    if party.email:
        more.append(party.email)
    return {
        "role": role,
        "name": party.name,
        "lines": [*party.lines, language.country(party.country)],
        "more": more,
    }


def _headline(document: InvoiceDocument, language: Language) -> str:
    """The amount and what it is for, to be seen first."""
    gettext = language.translations.gettext
    amount = language.money(document.total, document.currency)
    if document.kind == InvoiceKind.CREDIT_NOTE:
        return gettext("%(amount)s given back") % {"amount": amount}
    if document.kind == InvoiceKind.DEBIT_NOTE:
        return gettext("%(amount)s not given back after all") % {"amount": amount}
    if document.paid_on is None:
        return amount
    day = language.date(document.paid_on)
    return gettext("%(amount)s paid on %(day)s") % {"amount": amount, "day": day}


def _remarks(document: InvoiceDocument, gettext: _Translate) -> Iterator[str]:
    """Sentences above the amounts: what a note does."""
    number = {"number": document.corrects or ""}
    if document.kind == InvoiceKind.CREDIT_NOTE:
        yield gettext("Corrects invoice %(number)s: the amounts below are given back to the buyer.") % number
    elif document.kind == InvoiceKind.DEBIT_NOTE:
        yield (
            gettext(
                "Corrects credit note %(number)s: its refund failed, so the amounts below were not given"
                " back."
            )
            % number
        )


def _line(line: DocumentLine, document: InvoiceDocument, language: Language) -> dict[str, str]:
    title = line.title
    if not line.sku:
        title = language.translations.gettext("Shipping: %(method)s") % {"method": line.title}
    rate = line.rate if line.rate is not None else _shipping_rate(line, document)
    return {
        "title": title,
        "sku": line.sku,
        "quantity": language.number(line.quantity),
        "unit_price": language.money(line.unit_price, document.currency),
        "rate": "" if rate is None else language.percent(rate),
        "total": language.money(line.total, document.currency),
    }


def _shipping_rate(line: DocumentLine, document: InvoiceDocument) -> Decimal | None:
    """The rate that only shipping can have; the goods' rate where there is no other; None if it was free."""
    if not line.total:
        return None
    goods = {each.rate for each in document.lines}
    others = [each.rate for each in document.rates if each.rate not in goods]
    candidates = others or [each.rate for each in document.rates]
    return candidates[0] if len(candidates) == 1 else None


def _prices_note(document: InvoiceDocument, gettext: _Translate) -> str:
    if not document.lines:
        return ""
    if document.prices_include_tax:
        return gettext("Unit prices and amounts include VAT.")
    return gettext("Unit prices and amounts are without VAT.")


def _totals(document: InvoiceDocument, language: Language) -> Iterator[_Labelled]:
    """From the lines down to the total, which is the last."""
    gettext = language.translations.gettext

    def money(amount: Decimal) -> str:
        return language.money(amount, document.currency)

    if document.discount:
        subtotal = sum((line.total for line in document.lines), Decimal(0))
        with_tax = document.prices_include_tax
        label = gettext("Subtotal, VAT included") if with_tax else gettext("Subtotal, without VAT")
        yield label, money(subtotal)
        yield gettext("Discount"), money(-document.discount).replace("-", "\N{MINUS SIGN}")
    yield gettext("Total without VAT"), money(document.net_total)
    yield gettext("VAT"), money(document.tax_total)
    match document.kind:
        case InvoiceKind.INVOICE:
            label = gettext("Total")
        case InvoiceKind.CREDIT_NOTE:
            label = gettext("Total given back")
        case InvoiceKind.DEBIT_NOTE:
            label = gettext("Total not given back")
    yield label, money(document.total)


def _rates_title(kind: InvoiceKind, gettext: _Translate) -> str:
    match kind:
        case InvoiceKind.INVOICE:
            return gettext("VAT by rate")
        case InvoiceKind.CREDIT_NOTE:
            return gettext("Given back, by VAT rate")
        case InvoiceKind.DEBIT_NOTE:
            return gettext("Not given back, by VAT rate")


def _rates(document: InvoiceDocument, language: Language) -> list[list[str]]:
    return [
        [
            language.percent(each.rate),
            *(language.money(amount, document.currency) for amount in (each.net, each.tax, each.gross)),
        ]
        for each in document.rates
    ]
