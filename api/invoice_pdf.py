"""Invoices and notes as PDF files: set with Typst, beside the event loop."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from api.invoice_documents import InvoiceDocument
from api.pages.invoice_content import invoice_content
from api.pages.languages import Language

if TYPE_CHECKING:
    from typst import PDFStandard  # of its stubs alone

_TEMPLATE = Path(__file__).with_name("invoice.typ")
# For archives, and for whoever hears it read out. Both refuse characters that no font has.
_STANDARDS: "tuple[PDFStandard, ...]" = ("a-3a", "ua-1")
# Each takes a core for some 40 ms; more at once would only slow everything else down.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="invoices")


async def invoice_pdf(document: InvoiceDocument, language: Language) -> bytes:
    """A document as a PDF file, set in a worker thread; the same one always gives the same bytes.

    It is PDF/A-3a and PDF/UA-1 unless it has characters that no font has, which show as empty boxes.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _compiled, document, language)


def _compiled(document: InvoiceDocument, language: Language) -> bytes:
    # As data, never as markup: whatever a title holds is set as it stands there.
    inputs = {"data": json.dumps(invoice_content(document, language))}
    made = datetime.combine(document.issued_on, time(), UTC)
    try:
        return _pdf(inputs, made, list(_STANDARDS))
    except typst.TypstError:
        return _pdf(inputs, made, [])


def _pdf(inputs: dict[str, str], made: datetime, standards: "list[PDFStandard]") -> bytes:
    return typst.compile(
        _template(),
        font_paths=_fonts(),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=made,
    )


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Typst's own, so that every machine sets the same."""
    return typst.Fonts(include_system_fonts=False)
