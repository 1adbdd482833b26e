"""Words for codes: statuses and refusals as people read them.

The marked texts are translated where they are shown.
"""


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
}

# Pydantic's kinds of errors, for whoever typed.
FIELD_PROBLEMS: dict[str, str] = {
    "missing": _("Please fill this in."),
    "string_too_short": _("Please fill this in."),
    "string_too_long": _("This is too long."),
    "int_parsing": _("Please enter a whole number."),
    "greater_than_equal": _("This is too little."),
    "less_than_equal": _("This is too much."),
}
UNCLEAR_FIELD = _("Please check this.")
COUNTRY_NOT_SUPPORTED = _("We do not sell to this country yet.")
