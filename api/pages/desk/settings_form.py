"""A shop's settings as a form: what is stored, and what somebody typed."""

from datetime import UTC, datetime

from api.pages.desk.windows import UNITS, seconds_of, window_of
from api.pages.forms import Form
from api.schemas.shop_settings import SettingsChanges
from db.tables import Vendor
from domain.errors import (
    CurrencyFixed,
    CurrencyNotSupported,
    DomainError,
    InvalidAmount,
    PrefixInvalid,
    SettingsChanged,
)

CHECKED = "true"
WINDOWS = ("payment_window", "manual_payment_window", "return_window")
_FLAGS = ("prices_include_tax", "tax_shipping")
# Refusals that are about one field, and the field.
FIELD_OF: dict[type[DomainError], str] = {
    PrefixInvalid: "order_number_prefix",
    CurrencyFixed: "currency",
    CurrencyNotSupported: "currency",
    InvalidAmount: "currency",
}


def filled_form(vendor: Vendor) -> Form:
    """A form that shows what is stored."""
    values = {
        "version": vendor.updated_at.isoformat(),
        "order_number_prefix": vendor.order_number_prefix,
        "currency": vendor.currency,
        "time_zone": vendor.time_zone,
        "payment_instructions": vendor.payment_instructions,
        "capture_method": vendor.capture_method,
        "capture_expiry": vendor.capture_expiry,
        **{name: CHECKED if getattr(vendor, name) else "" for name in _FLAGS},
    }
    for name in WINDOWS:
        window = window_of(getattr(vendor, name))
        values |= {name: str(window.count), f"{name}_unit": window.unit}
    return Form(values, chosen={"payment_methods": list(vendor.payment_methods)})


def read_settings(form: Form, *, currency_is_fixed: bool) -> SettingsChanges | None:
    """What was typed; None leaves the form's `problems` filled."""
    given: dict[str, object] = {
        "order_number_prefix": form.get("order_number_prefix").strip().upper(),
        "time_zone": form.get("time_zone"),
        "payment_methods": form.chosen.get("payment_methods", []),
        "payment_instructions": form.get("payment_instructions"),
        "capture_method": form.get("capture_method"),
        "capture_expiry": form.get("capture_expiry"),
        **{name: form.get(name) == CHECKED for name in _FLAGS},
    }
    if not currency_is_fixed:
        given["currency"] = form.get("currency")
    for name in WINDOWS:
        seconds = seconds_of(form.get(name), form.get(f"{name}_unit"))
        # What is no number is refused as what it is.
        given[name] = form.get(name) if seconds is None else seconds
    return Form(problems=form.problems).read(SettingsChanges, **given)


def read_version(form: Form) -> datetime | None:
    """The settings that somebody saw when they changed them; None where the form does not say.

    Raises SettingsChanged for what is no moment.
    """
    given = form.get("version")
    try:
        return datetime.fromisoformat(given).astimezone(UTC) if given else None
    except (ValueError, OverflowError):
        raise SettingsChanged("It cannot be told which settings were changed.") from None


UNIT_NAMES = tuple(UNITS)
