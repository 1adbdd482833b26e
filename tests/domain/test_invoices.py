"""Invoices: which are due, their numbers, and the tax that credit notes show."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidAmount, IssuerInvalid
from domain.invoices import (
    InvoicedRefund,
    InvoiceKind,
    Issued,
    RateAmount,
    RefundShares,
    check_vat_id,
    credit,
    due_documents,
    invoice_number,
    left_of,
)
from domain.lifecycle import RefundStatus
from domain.pricing import CartLine, PricingPolicy, ShippingRate, price_order

INVOICE = Issued(InvoiceKind.INVOICE)
NOTHING = Decimal("0.00")
PENDING, SUCCEEDED, FAILED = RefundStatus


def credited(refund_id: int) -> Issued:
    return Issued(InvoiceKind.CREDIT_NOTE, refund_id)


def debited(refund_id: int) -> Issued:
    return Issued(InvoiceKind.DEBIT_NOTE, refund_id)


def test_number_names_kind_and_year() -> None:
    assert invoice_number(InvoiceKind.INVOICE, 2026, 42) == "INV-2026-00042"
    assert invoice_number(InvoiceKind.CREDIT_NOTE, 2026, 1) == "CN-2026-00001"
    assert invoice_number(InvoiceKind.DEBIT_NOTE, 2027, 123456) == "DN-2027-123456"


@pytest.mark.parametrize("written", ["LU12345678", "lu 123.456-78", "DE123456789", "ATU12345678", "NL1B01"])
def test_vat_id_is_written_in_one_way(written: str) -> None:
    assert check_vat_id(written) == written.upper().replace(" ", "").replace(".", "").replace("-", "")


@pytest.mark.parametrize(
    "written", ["", "12345678", "LU", "L1234567", "LU1234567890123456", "LU1234/567", "ÄU123"]
)
def test_what_is_no_vat_id_is_refused(written: str) -> None:
    with pytest.raises(IssuerInvalid) as refused:
        check_vat_id(written)
    assert refused.value.fields == {"field": "vat_id"}


@pytest.mark.parametrize(
    ("issued", "refunds", "due"),
    [
        ([], [], [INVOICE]),
        ([INVOICE], [], []),
        ([INVOICE], [(1, PENDING)], []),
        ([INVOICE], [(1, FAILED)], []),
        ([INVOICE], [(1, SUCCEEDED), (2, SUCCEEDED)], [credited(1), credited(2)]),
        ([], [(1, SUCCEEDED)], [INVOICE, credited(1)]),
        ([INVOICE, credited(1)], [(1, SUCCEEDED)], []),
        ([INVOICE, credited(1)], [(1, FAILED)], [debited(1)]),
        ([INVOICE, credited(1), debited(1)], [(1, FAILED)], []),
        ([INVOICE, credited(1), debited(1)], [(1, SUCCEEDED)], [credited(1)]),
    ],
)
def test_what_is_due(
    issued: list[Issued], refunds: list[tuple[int, RefundStatus]], due: list[Issued]
) -> None:
    given_refunds = [InvoicedRefund(id_, status) for id_, status in refunds]
    assert list(due_documents(issued, given_refunds, paid=True)) == due
    assert due_documents(issued, given_refunds, paid=False) == ()


def rate(percent: str, net: str, tax: str) -> RateAmount:
    return RateAmount(Decimal(percent), Decimal(net), Decimal(tax))


def shares(goods: str = "0.00", shipping: str = "0.00", other: str = "0.00") -> RefundShares:
    return RefundShares(Decimal(goods), Decimal(shipping), Decimal(other))


# Goods for 100.00 at 17 %, and 5.00 of shipping that is not taxed.
LINES = (rate("17", "100.00", "17.00"), rate("0", "5.00", "0.00"))


@pytest.mark.parametrize(
    ("refund", "expected"),
    [
        (shares(goods="11.70"), [rate("17", "10.00", "1.70")]),
        (shares(shipping="5.00"), [rate("0", "5.00", "0.00")]),
        (shares(goods="11.70", shipping="5.00"), [rate("17", "10.00", "1.70"), rate("0", "5.00", "0.00")]),
        (shares(other="12.20"), [rate("17", "10.00", "1.70"), rate("0", "0.50", "0.00")]),
        (shares(other="122.00"), list(LINES)),
    ],
)
def test_refund_takes_from_the_rates_that_it_is_for(refund: RefundShares, expected: list[RateAmount]) -> None:
    assert list(credit(LINES, refund, goods_rate=Decimal(17), currency="EUR")) == expected


def test_taxed_shipping_goes_back_with_its_tax() -> None:
    taxed = (rate("17", "105.00", "17.85"),)
    assert credit(taxed, shares(shipping="5.85"), goods_rate=Decimal(17), currency="EUR") == (
        rate("17", "5.00", "0.85"),
    )


def test_more_than_what_is_left_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        credit(LINES, shares(other="122.01"), goods_rate=Decimal(17), currency="EUR")


@given(data=st.data())
def test_credit_notes_for_all_of_an_invoice_show_all_of_its_tax(data: st.DataObject) -> None:
    """In whatever parts it goes back; nothing gets below zero, and a debit note undoes its credit note."""
    policy = PricingPolicy("EUR", data.draw(st.booleans()), data.draw(st.booleans()))
    cents = st.integers(0, 30_000).map(lambda units: Decimal(units).scaleb(-2))
    lines = [
        CartLine(number, "sku", "title", None, data.draw(cents), data.draw(st.integers(1, 9)))
        for number in range(data.draw(st.integers(1, 4)))
    ]
    goods_rate = data.draw(st.sampled_from([Decimal(0), Decimal(17), Decimal("25.5"), Decimal(20)]))
    priced = price_order(lines, ShippingRate("s", "S", data.draw(cents)), goods_rate, policy)
    invoiced = tuple(RateAmount(line.rate, line.base, line.tax) for line in priced.tax_summary)
    notes: list[RateAmount] = []
    left = priced.total_amount
    while left:
        amount = data.draw(st.integers(1, int(left * 100))) if len(notes) < 6 else int(left * 100)
        goods = data.draw(st.integers(0, amount))
        shipping = data.draw(st.integers(0, amount - goods))
        split = [Decimal(part).scaleb(-2) for part in (goods, shipping, amount - goods - shipping)]
        note = credit(left_of(invoiced, notes), RefundShares(*split), goods_rate=goods_rate, currency="EUR")
        assert sum(part.gross for part in note) == Decimal(amount).scaleb(-2)
        assert all(part.net >= 0 and part.tax >= 0 for part in note)
        assert left_of(invoiced, [*notes, *note], note) == left_of(invoiced, notes)
        notes += note
        left -= Decimal(amount).scaleb(-2)
        assert all(line.net >= 0 and line.tax >= 0 for line in left_of(invoiced, notes))
    assert all(line.net == 0 and line.tax == 0 for line in left_of(invoiced, notes))
