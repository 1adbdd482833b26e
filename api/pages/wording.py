"""Words for codes: statuses and refusals as people read them.

The marked texts are translated where they are shown.
"""

from collections.abc import Mapping
from typing import Any

from api.pages.languages import Language
from domain.errors import DomainError
from domain.periods import UsualPeriod
from domain.pricing import MAX_LINES, MAX_QUANTITY


def _(text: str) -> str:
    """Marks a text for the catalogue."""
    return text


LABELS: dict[str, str] = {
    # Order statuses.
    "pending": _("Awaiting payment"),
    "confirmed": _("Confirmed"),
    "processing": _("Being prepared"),
    "shipped": _("Shipped"),
    "delivered": _("Delivered"),
    "cancelled": _("Cancelled"),
    # Payment statuses.
    "paid": _("Paid"),
    "failed": _("Payment failed"),
    "partially_refunded": _("Partly refunded"),
    "refunded": _("Refunded"),
    "voided": _("Not charged"),
    # Roles of a vendor's people.
    "owner": _("Owner"),
    "staff": _("Staff"),
    "viewer": _("Read-only"),
    # Ways to pay, as a shop chooses them.
    "stripe": _("Card and what else Stripe offers"),
    "manual": _("Bank transfer or payment on pickup"),
    # When the money is taken, and what becomes of it when nothing was shipped.
    "automatic": _("With the order"),
    "on_shipment": _("When the order ships"),
    "capture": _("Take the money, and ship later"),
    "cancel": _("Let the money go, and cancel the order"),
    # An order's documents.
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "debit_note": _("Debit note"),
    # Units of time.
    "minutes": _("minutes"),
    "hours": _("hours"),
    "days": _("days"),
}

# What moved a product's stock.
MOVEMENTS: dict[str, str] = {
    "initial": _("First stock"),
    "adjusted": _("Corrected"),
    "reserved": _("Reserved for an order"),
    "released": _("Given back by an order"),
    "shipped": _("Shipped"),
    "returned": _("Returned"),
    "written_off": _("Written off"),
}

# Why somebody corrects it by hand.
STOCK_REASONS: dict[str, str] = {
    "counted": _("Counted"),
    "delivery": _("Delivery"),
    "damaged": _("Damaged"),
    "lost": _("Lost or stolen"),
    "other": _("Another reason"),
}

# Periods of the desk's figures, and what may be wrong with days that somebody chose.
USUAL_PERIODS: dict[UsualPeriod, str] = {
    UsualPeriod.TODAY: _("Today"),
    UsualPeriod.WEEK: _("7 days"),
    UsualPeriod.THIRTY_DAYS: _("30 days"),
    UsualPeriod.NINETY_DAYS: _("90 days"),
    UsualPeriod.THIS_MONTH: _("This month"),
    UsualPeriod.LAST_MONTH: _("Last month"),
    UsualPeriod.THIS_YEAR: _("This year"),
}
OWN_DAYS_PROBLEMS: dict[str, str] = {
    "no_day": _("Please choose a day."),
    "reversed": _("The last day is before the first one."),
    "too_long": _("That is too long: choose 400 days at most."),
}

# How far a file of products is.
IMPORT_STATES: dict[str, str] = {
    "uploaded": _("Being checked"),
    "checked": _("To be confirmed"),
    "applying": _("Being imported"),
    "applied": _("Imported"),
    "refused": _("Unreadable"),
    "outdated": _("To be checked again"),
    "discarded": _("Discarded"),
}

# The columns of such a file and the fields that they change.
IMPORT_COLUMNS: dict[str, str] = {
    "sku": _("SKU"),
    "title": _("Title"),
    "description": _("Description"),
    "price": _("Price"),
    "available_quantity": _("Available"),
    "is_active": _("On sale"),
    "image": _("Picture"),
    "featured_image": _("Picture"),
}

# What is wrong with a row of it.
ROW_PROBLEMS: dict[str, str] = {
    "missing": _("is needed for a product that is not there yet"),
    "string_too_short": _("is missing"),
    "string_too_long": _("is too long"),
    "string_pattern_mismatch": _("must begin with https://, http:// or /"),
    "value_error": _("has characters or line breaks that are not allowed here"),
    "price_unclear": _("could mean thousands or decimals; write it with two decimals and no other separator"),
    "decimal_parsing": _("must be an amount such as 19.90 or 19,90, without a currency"),
    "int_parsing": _("must be a whole number such as 12, without separators"),
    "bool_parsing": _("must be true or false, or yes or no"),
    "invalid_amount": _("is an amount that the shop's currency does not have, or too large"),
    "greater_than_equal": _("is too little"),
    "less_than_equal": _("is too much"),
    "sku_repeated": _("is in the file more than once"),
    "sku_shortened": _("is a number that a spreadsheet shortened; format the column as text"),
    "row_too_long": _("The row has more cells than there are columns"),
    "row_too_short": _("The row has fewer cells than there are columns"),
}

# Why a file cannot be read at all; %(...)s are what is known of the place.
UNREADABLE_FILES: dict[str, str] = {
    "empty": _("The file is empty."),
    "not_csv": _("This is not a CSV file. Please save the table as CSV (UTF-8) and send that."),
    "encoding": _("The text cannot be read. Please save the table as CSV (UTF-8) and send that."),
    "no_rows": _("There are no products below the row with the names of the columns."),
    "no_sku_column": _("The first row has to name the columns, and one of them has to be sku."),
    "column_twice": _("The column %(column)s is there more than once."),
    "malformed": _("A quotation mark is missing, or one too many, in what begins in line %(line)s."),
    "too_many_rows": _("The file has more rows than can be imported at once. Please divide it."),
}

# Pydantic's kinds of errors, for whoever typed.
FIELD_PROBLEMS: dict[str, str] = {
    "missing": _("Please fill this in."),
    "string_too_short": _("Please fill this in."),
    "string_too_long": _("This is too long."),
    "int_parsing": _("Please enter a whole number."),
    "decimal_parsing": _("Please enter an amount such as 19.90, without the currency."),
    "price_unclear": _("Thousands or decimals? Please enter it with two decimals and no other separator."),
    "enum": _("Please choose one."),
    "greater_than_equal": _("This is too little."),
    "less_than_equal": _("This is too much."),
    "vat_id_invalid": _("A VAT number begins with two letters, such as LU12345678."),
    "vat_id_missing": _("Please enter a VAT number, or a tax number if there is none."),
}
UNCLEAR_FIELD = _("Please check this.")
DAY_IS_PAST = _("Rates of past days stay as they are. Please choose today or a later day.")
WRONG_PASSWORD = _("This is not your present password.")
NO_COUNTRY = _("Please choose at least one country.")
COUNTRY_NOT_SUPPORTED = _("We do not sell to this country yet.")

# Refusals that shoppers meet on pages, by their codes; %(...)s are members of the problem document.
_REFUSALS: dict[str, str] = {
    "cart_empty": _("There is nothing in the cart."),
    "cart_changed": _("The cart was changed in the meantime. Please look at it and try again."),
    "cart_item_not_found": _("This is not in the cart any more."),
    "cart_not_found": _("There is nothing in the cart."),
    "country_not_supported": COUNTRY_NOT_SUPPORTED,
    "csrf_invalid": _("This page is too old to be sent. Please load it again and repeat what you did."),
    "correction_invalid": _("Another reason needs a note that says which."),
    "product_not_found": _("There is no such product."),
    "sku_taken": _("Another product has this SKU."),
    "stock_moved": _(
        "The stock moved from %(seen_quantity)s to %(available_quantity)s while this page was open, so"
        " nothing was changed. Please check your count against the new number."
    ),
    "stock_too_low": _("Only %(available_quantity)s can be taken; nothing was changed."),
    "import_not_found": _("There is no such import."),
    "import_has_wrong_rows": _(
        "Some rows are wrong, so nothing was imported. Correct the file or leave them out."
    ),
    "request_entity_too_large": _("This file is too large: at most 20 MB can be sent at once."),
    "email_taken": _("Somebody is registered with this e-mail address."),
    "invalid_credentials": _("The e-mail address or the password is wrong."),
    "link_invalid": _("This link is not valid, or was used before."),
    "product_unavailable": _("%(product_title)s is not sold any more."),
    "shipping_method_unknown": _("The shop does not ship this way to that address."),
    "shipping_rate_repeated": _("%(shipping_method)s has two prices for the same country."),
    "rate_limited": _("That was too often. Please wait a while and try again."),
    "last_owner": _("This is the last owner who can sign in. Please make somebody else an owner first."),
    "engine_unavailable": _("This cannot be done just now. Please try again in a moment."),
    "invoice_not_due": _("There is an invoice once the order is paid."),
    "invoicing_not_set_up": _("The shop has not set up its invoices yet."),
    "settings_changed": _(
        "Somebody else changed the settings in the meantime. What you typed is still here; saving it now"
        " replaces theirs."
    ),
    "currency_fixed": _("The currency stays as it is once there are orders."),
    "currency_not_supported": _("Amounts in this currency are not supported."),
    "validation_failed": _("Something in the address or the form is not right."),
}
# Of a refusal with this code there are several; which one it is show its fields.
_LIMIT = "invalid_amount"
_TOO_MANY_LINES = _("A cart holds at most %(most)s different products.")
_SOLD_OUT = _("%(title)s is sold out.")
_QUANTITY_OUT_OF_RANGE = _("Please enter a quantity between 1 and %(most)s.")


def marked_refusal(refused: DomainError) -> str:
    """The text for a refusal that needs no fields, translated where it is shown; else its own message."""
    return _REFUSALS.get(refused.code, refused.message)


def explain(refused: DomainError, language: Language) -> str:
    """A refusal in the visitor's language; its own English message where pages have no words for it."""
    fields = {("product_title" if name == "title" else name): value for name, value in refused.fields.items()}
    return explain_problem(refused.code, fields, language) or refused.message


def explain_problem(code: str, fields: Mapping[str, Any], language: Language) -> str | None:
    """The words for a problem document's code and members; None where there are none."""
    gettext = language.translations.gettext
    if code == "insufficient_stock" and {"product_title", "available_quantity"} <= fields.keys():
        return _stock_left(fields["product_title"], int(fields["available_quantity"]), language)
    if code == _LIMIT and "lines" in fields:
        return gettext(_TOO_MANY_LINES) % {"most": language.number(MAX_LINES)}
    if code == _LIMIT and "quantity" in fields:
        return gettext(_QUANTITY_OUT_OF_RANGE) % {"most": language.number(MAX_QUANTITY)}
    text = _REFUSALS.get(code)
    if text is None:
        return None
    try:
        return gettext(text) % fields
    except KeyError:
        return None


def _stock_left(title: str, left: int, language: Language) -> str:
    if left == 0:
        return language.translations.gettext(_SOLD_OUT) % {"title": title}
    ngettext = language.translations.ngettext
    text = ngettext("Only %(num)s of %(title)s left.", "Only %(num)s of %(title)s left.", left)
    return text % {"num": language.number(left), "title": title}
