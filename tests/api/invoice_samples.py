"""An invoice and a credit note as they are set, for tests that read them back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from api.invoice_documents import DocumentLine, InvoiceDocument, Party
from domain.invoices import InvoiceKind, RateAmount

MUGS = DocumentLine("MUG-1", "Blue mug", 2, Decimal("50.00"), Decimal("100.00"), Decimal("17.00"))
SHIPPING = DocumentLine("", "Standard", 1, Decimal("5.00"), Decimal("5.00"), None)
INVOICE = InvoiceDocument(
    kind=InvoiceKind.INVOICE,
    number="INV-2026-00042",
    issued_on=date(2026, 11, 3),
    order_number="ACME-7",
    ordered_on=date(2026, 11, 1),
    paid_on=date(2026, 11, 2),
    supplied_on=date(2026, 11, 4),
    corrects=None,
    seller=Party(
        "Acme S.A.", ("1 Rue Haute", "1234 Wiltz"), "LU", vat_id="LU12345678", email="shop@acme.example"
    ),
    buyer=Party("Eva Maier", ("Ring 5", "1010 Wien"), "AT"),
    deliver_to=None,
    lines=(MUGS, SHIPPING),
    discount=Decimal("10.00"),
    prices_include_tax=False,
    rates=(
        RateAmount(Decimal("17.00"), Decimal("90.00"), Decimal("15.30")),
        RateAmount(Decimal("0.00"), Decimal("5.00"), Decimal("0.00")),
    ),
    net_total=Decimal("95.00"),
    tax_total=Decimal("15.30"),
    total=Decimal("110.30"),
    currency="EUR",
    footer="RCS Luxembourg B1\nThank you",
)
CREDIT_NOTE = replace(
    INVOICE,
    kind=InvoiceKind.CREDIT_NOTE,
    number="CN-2026-00001",
    corrects="INV-2026-00042",
    lines=(),
    discount=Decimal("0.00"),
    rates=(RateAmount(Decimal("17.00"), Decimal("45.00"), Decimal("7.65")),),
    net_total=Decimal("45.00"),
    tax_total=Decimal("7.65"),
    total=Decimal("52.65"),
)
