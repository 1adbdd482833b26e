"""The parameters of every endpoint, as Stripe's API reference lists them."""

from local.stripe_sandbox.new_dispute import EVIDENCE_TEXTS
from local.stripe_sandbox.parameters import (
    Parser,
    Schema,
    boolean,
    group,
    integer,
    metadata,
    sequence,
    text,
    time_range,
)

_LINE = text(clearable=True)
_EXPAND: dict[str, Parser] = {"expand": sequence(text())}
# What Stripe.js sends with the publishable key; `key` stands for the Authorization header.
_BROWSER: dict[str, Parser] = {"client_secret": text(), "key": text()}
_PAGE: dict[str, Parser] = {
    "limit": integer(minimum=1, maximum=100),
    "starting_after": text(),
    "ending_before": text(),
    "created": time_range,
} | _EXPAND

_ADDRESS = group(
    dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), _LINE), clearable=True
)
_SHIPPING = group(
    {"address": _ADDRESS, "carrier": _LINE, "name": text(), "phone": _LINE, "tracking_number": _LINE},
    required=("address", "name"),
    clearable=True,
)
_BILLING = group({"address": _ADDRESS, "email": _LINE, "name": _LINE, "phone": _LINE, "tax_id": _LINE})
_CARD = group(
    {"number": text(), "exp_month": integer(), "exp_year": integer(), "cvc": text()},
    required=("number", "exp_month", "exp_year"),
)
_METHOD_FIELDS: dict[str, Parser] = {
    "type": text(),
    "bancontact": group({}),
    "card": _CARD,
    "ideal": group({}),
    "sepa_debit": group({"iban": text()}, required=("iban",)),
    "billing_details": _BILLING,
    "allow_redisplay": text(choices=("always", "limited", "unspecified")),
    "metadata": metadata,
}
_METHOD_DATA = group(_METHOD_FIELDS, required=("type",))
_METHOD_OPTIONS = group(
    {"card": group({"request_three_d_secure": text(choices=("any", "automatic", "challenge"))})}
)
_CAPTURE_METHOD = text(choices=("automatic", "automatic_async", "manual"))

_ACCEPTANCE = group(
    {
        "accepted_at": integer(minimum=0),
        "offline": group({}),
        "online": group({"infer_from_client": boolean, "ip_address": text(), "user_agent": text()}),
        "type": text(choices=("offline", "online")),
    },
    required=("type",),
)

_INTENT: dict[str, Parser] = {
    "amount": integer(minimum=1),
    "currency": text(),
    "capture_method": _CAPTURE_METHOD,
    "customer": text(),
    "description": _LINE,
    "metadata": metadata,
    "payment_method": text(),
    "payment_method_data": _METHOD_DATA,
    "payment_method_options": _METHOD_OPTIONS,
    "payment_method_types": sequence(text()),
    "receipt_email": _LINE,
    "setup_future_usage": text(choices=("off_session", "on_session"), clearable=True),
    "shipping": _SHIPPING,
    "statement_descriptor": text(limit=22, clearable=True),
    "statement_descriptor_suffix": text(limit=22, clearable=True),
    "transfer_group": _LINE,
}
_ATTEMPT: dict[str, Parser] = {
    "error_on_requires_action": boolean,
    "off_session": boolean,
    "return_url": text(),
    "use_stripe_sdk": boolean,
    "mandate_data": group({"customer_acceptance": _ACCEPTANCE}, required=("customer_acceptance",)),
}
_UNMODELLED = frozenset(
    {
        "allowed_payment_method_types",
        "amount_details",
        "amount_to_confirm",
        "application_fee_amount",
        "confirmation_token",
        "customer_account",
        "excluded_payment_method_types",
        "final_capture",
        "hooks",
        "mandate",
        "on_behalf_of",
        "payment_details",
        "payment_method_configuration",
        "radar_options",
        "transfer_data",
    }
)

NOTHING = Schema(_EXPAND)
RETRIEVE_INTENT = Schema(_EXPAND | _BROWSER)
CREATE_INTENT = Schema(
    _INTENT
    | _ATTEMPT
    | _EXPAND
    | {
        "automatic_payment_methods": group(
            {"enabled": boolean, "allow_redirects": text(choices=("always", "never"))}, required=("enabled",)
        ),
        "confirm": boolean,
        "confirmation_method": text(choices=("automatic", "manual")),
    },
    required=("amount", "currency"),
    unmodelled=_UNMODELLED,
)
UPDATE_INTENT = Schema(_INTENT | _EXPAND, unmodelled=_UNMODELLED)
CONFIRM_INTENT = Schema(
    _ATTEMPT
    | _EXPAND
    | _BROWSER
    | {
        name: _INTENT[name]
        for name in (
            "capture_method",
            "payment_method",
            "payment_method_data",
            "payment_method_options",
            "receipt_email",
            "setup_future_usage",
            "shipping",
        )
    },
    unmodelled=_UNMODELLED,
)
CANCEL_INTENT = Schema(
    _EXPAND
    | {
        "cancellation_reason": text(
            choices=("abandoned", "duplicate", "fraudulent", "requested_by_customer"), clearable=True
        )
    }
)
CAPTURE_INTENT = Schema(
    _EXPAND
    | {
        "amount_to_capture": integer(minimum=1),
        "metadata": metadata,
        "statement_descriptor": _INTENT["statement_descriptor"],
        "statement_descriptor_suffix": _INTENT["statement_descriptor_suffix"],
    },
    unmodelled=_UNMODELLED,
)
LIST_INTENTS = Schema(_PAGE | {"customer": text()}, unmodelled=_UNMODELLED)

LIST_CHARGES = Schema(_PAGE | {"payment_intent": text(), "customer": text(), "transfer_group": text()})

CREATE_REFUND = Schema(
    _EXPAND
    | {
        "amount": integer(minimum=1),
        "charge": text(),
        "metadata": metadata,
        "payment_intent": text(),
        "reason": text(choices=("duplicate", "fraudulent", "requested_by_customer")),
    },
    unmodelled=frozenset(
        {"currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer"}
    ),
)
UPDATE_METADATA = Schema(_EXPAND | {"metadata": metadata})
LIST_REFUNDS = Schema(_PAGE | {"payment_intent": text(), "charge": text()})
UPDATE_DISPUTE = Schema(
    _EXPAND
    | {"evidence": group(dict.fromkeys(EVIDENCE_TEXTS, _LINE)), "metadata": metadata, "submit": boolean},
    unmodelled=frozenset({"intended_submission_method"}),
)
LIST_DISPUTES = Schema(_PAGE | {"payment_intent": text(), "charge": text()})
LIST_EVENTS = Schema(_PAGE | {"type": text(), "types": sequence(text()), "delivery_success": boolean})
CREATE_METHOD = Schema(_METHOD_FIELDS | _EXPAND | {"key": text()}, required=("type",))
