"""The forms of a product and of its stock, as people type into them."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Self

from api.pages.forms import Form
from api.pages.wording import FIELD_PROBLEMS, UNCLEAR_FIELD
from api.schemas.base import Notes, RequestModel
from api.schemas.vendor_products import Description, NewProduct, Sku, Title
from domain.product_cells import read_price, read_stock
from domain.products import FieldRefused, price, stock
from domain.stock_corrections import StockCorrection, StockReason


class TypedProduct(NewProduct):
    """A new product whose price is one that its currency has."""

    def in_currency(self, currency: str) -> Self:
        """Itself. Raises InvalidAmount."""
        price(self.price, currency)
        return self


class EditedProduct(RequestModel):
    """A product as somebody edited it, and the `updated_at` that it had when they began."""

    sku: Sku
    title: Title
    description: Description
    price: Decimal
    is_active: bool
    version: datetime


class _Correction(RequestModel):
    """The parts of a correction that are not numbers."""

    reason: StockReason
    notes: Notes | None = None


def read_new_product(form: Form) -> TypedProduct | None:
    """The product that was typed; None leaves the form's problems filled."""
    amount, pieces = _price(form), _pieces(form, "available_quantity", empty=0)
    given = form.read(
        TypedProduct,
        price=Decimal(0) if amount is None else amount,
        available_quantity=pieces or 0,
        is_active="is_active" in form.values,
    )
    return None if form.problems else given


def read_edited_product(form: Form) -> EditedProduct | None:
    """The product as it is to be; None leaves the form's problems filled."""
    amount = _price(form)
    given = form.read(
        EditedProduct,
        price=Decimal(0) if amount is None else amount,
        description=form.get("description"),
        is_active="is_active" in form.values,
    )
    return None if form.problems else given


def read_correction(form: Form) -> StockCorrection | None:
    """The correction that was typed, one of `set`, `add` and `take`; None leaves the form's problems filled.

    A count counts only for the number that was on the page. Raises CorrectionInvalid.
    """
    how, pieces = form.get("how"), _pieces(form, "pieces", empty=None)
    given = form.read(_Correction)
    if how not in {"set", "add", "take"}:
        form.problems["how"] = UNCLEAR_FIELD
    if how in {"add", "take"} and pieces == 0:
        form.problems["pieces"] = FIELD_PROBLEMS["greater_than_equal"]
    seen = form.get("seen")
    if given is None or pieces is None or form.problems or not seen.isdecimal():
        return None
    if how == "set":
        return StockCorrection(count=pieces, seen=int(seen), reason=given.reason, notes=given.notes or None)
    difference = pieces if how == "add" else -pieces
    return StockCorrection(difference=difference, reason=given.reason, notes=given.notes or None)


def new_request_key() -> str:
    """What a form is sent under, so that sending it twice is one."""
    return secrets.token_urlsafe(18)


def _price(form: Form) -> Decimal | None:
    try:
        return read_price(form.get("price"))
    except FieldRefused as refused:
        empty = not form.get("price").strip()
        form.problems["price"] = FIELD_PROBLEMS["missing" if empty else refused.code]
        return None


def _pieces(form: Form, name: str, *, empty: int | None) -> int | None:
    typed = form.get(name).strip()
    if not typed and empty is not None:
        return empty
    try:
        return stock(read_stock(typed))
    except FieldRefused as refused:
        form.problems[name] = FIELD_PROBLEMS["missing" if not typed else refused.code]
        return None
