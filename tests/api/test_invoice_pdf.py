"""Invoices and notes as PDF files, read back as whoever opens them reads them."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject

from api.invoice_documents import InvoiceDocument, Party
from api.invoice_pdf import invoice_pdf
from api.pages.languages import LANGUAGES, Language
from domain.invoices import InvoiceKind, RateAmount
from tests.api.invoice_samples import CREDIT_NOTE, INVOICE, MUGS, SHIPPING

BRITISH = LANGUAGES.choose("en-GB")


def pages(pdf: bytes) -> list[str]:
    """The text of each page, with single blanks for whatever is between words."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


async def read(document: InvoiceDocument, language: Language = BRITISH) -> str:
    return " ".join(pages(await invoice_pdf(document, language)))


async def test_invoice_shows_what_the_law_asks_for() -> None:
    text = await read(INVOICE)

    assert text.startswith("Invoice Acme S.A.")
    for fact in (
        "Number INV-2026-00042",
        "Date of issue 3 Nov 2026",
        "Date of supply 4 Nov 2026",
        "Order number ACME-7",
        "Date of order 1 Nov 2026",
        "Acme S.A. 1 Rue Haute 1234 Wiltz Luxembourg VAT number LU12345678 shop@acme.example",
        "Eva Maier Ring 5 1010 Wien Austria",
        "€110.30 paid on 2 Nov 2026",
        "Blue mug MUG-1 2 €50.00 17% €100.00",
        "Shipping: Standard 1 €5.00 0% €5.00",
        "Unit prices and amounts are without VAT.",
        "Subtotal, without VAT €105.00 Discount \N{MINUS SIGN}€10.00 Total without VAT €95.00",
        "Total without VAT €95.00 VAT €15.30 Total €110.30",
        "17% €90.00 €15.30 €105.30",
        "0% €5.00 €0.00 €5.00",
        "RCS Luxembourg B1 Thank you",
        "Page 1 of 1",
    ):
        assert fact in text


async def test_invoice_is_short_where_there_is_nothing_to_say() -> None:
    bare = replace(
        INVOICE,
        paid_on=None,
        supplied_on=None,
        seller=replace(INVOICE.seller, vat_id="", email=""),
        lines=(MUGS,),
        discount=Decimal("0.00"),
        footer="",
    )

    text = await read(bare)

    assert "Date of supply On delivery" in text
    for absent in ("paid", "VAT number", "Tax number", "Delivered to", "Shipping", "Subtotal", "Discount"):
        assert absent not in text


async def test_company_with_another_address_for_goods_and_a_seller_without_vat_number() -> None:
    document = replace(
        INVOICE,
        seller=replace(INVOICE.seller, vat_id="", tax_number="27/123/45678"),
        buyer=Party("Maier GmbH", ("Eva Maier", "Ring 5", "1010 Wien"), "AT", vat_id="ATU12345678"),
        deliver_to=Party("Max Maier", ("Gasse 9", "8010 Graz"), "AT"),
        prices_include_tax=True,
    )

    text = await read(document)

    assert "Tax number 27/123/45678" in text
    assert "Maier GmbH Eva Maier Ring 5 1010 Wien Austria VAT number ATU12345678" in text
    assert "Delivered to" in text
    assert "Max Maier Gasse 9 8010 Graz Austria" in text
    assert "Unit prices and amounts include VAT." in text
    assert "Subtotal, VAT included €105.00" in text


@pytest.mark.parametrize(
    ("total", "rates", "shown"),
    [
        ("5.00", ["17", "0"], "1 €5.00 0% €5.00"),
        ("5.00", ["17"], "1 €5.00 17% €5.00"),
        ("0.00", ["17"], "1 €0.00 €0.00"),
    ],
)
async def test_shipping_has_the_rate_that_the_amounts_by_rate_tell(
    total: str, rates: list[str], shown: str
) -> None:
    cost = Decimal(total)
    document = replace(
        INVOICE,
        lines=(MUGS, replace(SHIPPING, unit_price=cost, total=cost)),
        rates=tuple(RateAmount(Decimal(rate), Decimal("1.00"), Decimal("0.00")) for rate in rates),
    )

    assert f"Shipping: Standard {shown}" in await read(document)


async def test_credit_note_says_what_it_gives_back_and_why() -> None:
    text = await read(CREDIT_NOTE)

    assert text.startswith("Credit note Acme S.A.")
    assert "Corrects invoice INV-2026-00042" in text
    assert "€52.65 given back" in text
    assert "Total without VAT €45.00 VAT €7.65 Total given back €52.65" in text
    assert "17% €45.00 €7.65 €52.65" in text
    assert "Date of supply" not in text
    assert "Unit price" not in text


async def test_debit_note_says_that_the_refund_failed() -> None:
    debit_note = replace(
        CREDIT_NOTE, kind=InvoiceKind.DEBIT_NOTE, number="DN-2026-00001", corrects="CN-2026-00001"
    )

    text = await read(debit_note)

    assert text.startswith("Debit note Acme S.A.")
    assert "Corrects credit note CN-2026-00001: its refund failed" in text
    assert "Total not given back €52.65" in text


@pytest.mark.parametrize(
    "title",
    ['*x* #eval("1") $ \\ <b> _y_ `z` @ref // = - ~ \' -- ...', "%(page)s %s {0} {{ data }}", "Σ Ж ő ¥ €"],
)
async def test_what_looks_like_markup_comes_out_literally(title: str) -> None:
    document = replace(
        INVOICE,
        lines=(replace(MUGS, title=title),),
        buyer=replace(INVOICE.buyer, name=title),
        footer=title,
    )

    assert (await read(document)).count(title) == 3


async def test_many_lines_fill_several_pages_with_their_columns_named() -> None:
    many = replace(INVOICE, lines=tuple(replace(MUGS, sku=f"MUG-{number:03}") for number in range(200)))

    read_pages = pages(await invoice_pdf(many, BRITISH))

    count = len(read_pages)
    assert count > 5
    for number, page in enumerate(read_pages, start=1):
        assert f"Page {number} of {count}" in page
        assert "Description Quantity Unit price VAT rate Amount" in page or "MUG-" not in page
    assert all(" ".join(read_pages).count(f"MUG-{number:03}") == 1 for number in range(200))


async def test_whatever_is_long_stays_within_its_column() -> None:
    word = "W" * 200
    document = replace(
        INVOICE,
        buyer=Party(word, (word, "many words " * 20), "DE"),
        lines=(
            replace(MUGS, title=word, sku="S" * 64, unit_price=Decimal("9999999999.99"), quantity=999_999),
        ),
    )

    text = await read(document)

    assert text.replace("\u200b", "").replace(" ", "").count(word) == 3
    assert "€9,999,999,999.99" in text
    assert "999,999" in text


async def test_amounts_have_the_decimals_of_their_currency() -> None:
    text = await read(replace(INVOICE, currency="JPY", total=Decimal("11030.00")))

    assert "Total JP¥11,030 " in text


async def test_values_are_written_as_the_readers_region_does() -> None:
    text = await read(INVOICE, LANGUAGES.choose("de-AT"))

    assert "€ 110,30" in text
    assert "Österreich" in text


async def test_file_names_its_document_and_is_for_archives_and_screen_readers() -> None:
    reader = PdfReader(BytesIO(await invoice_pdf(INVOICE, BRITISH)))

    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice INV-2026-00042"
    assert reader.metadata.author == "Acme S.A."
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date() == INVOICE.issued_on
    assert str(reader.root_object["/Lang"]) == "en"
    metadata = reader.root_object["/Metadata"].get_object()
    assert isinstance(metadata, StreamObject)
    described = metadata.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in described
    assert "<pdfuaid:part>1</pdfuaid:part>" in described


async def test_characters_that_no_font_has_do_not_fail() -> None:
    text = await read(replace(INVOICE, buyer=replace(INVOICE.buyer, name="王小明 \ue000 Wang")))

    assert "Wang Ring 5" in text


@pytest.mark.parametrize("name", ["Eva Maier", "王小明"])
async def test_same_document_gives_the_same_bytes(name: str) -> None:
    document = replace(INVOICE, buyer=replace(INVOICE.buyer, name=name))
    first = await invoice_pdf(document, BRITISH)

    await asyncio.sleep(1.1)  # A PDF file tells seconds.

    assert await invoice_pdf(document, BRITISH) == first
    assert await invoice_pdf(replace(document, number="INV-2026-00043"), BRITISH) != first


async def test_event_loop_goes_on_meanwhile() -> None:
    long = replace(INVOICE, lines=(MUGS,) * 200)
    setting = asyncio.gather(
        *(invoice_pdf(replace(long, number=str(number)), BRITISH) for number in range(4))
    )
    turns = 0

    while not setting.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert all(pdf.startswith(b"%PDF") for pdf in await setting)
    assert turns > 20
