"""PaymentMethods: cards, SEPA accounts and bank redirects, typed in or named by a test name."""

from typing import Any, Protocol

from local.stripe_sandbox import bank_accounts, cards
from local.stripe_sandbox.bank_accounts import BY_IBAN, account_fields, entered_account
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.card_entry import entered_card, named_card
from local.stripe_sandbox.cards import BY_NUMBER, Decline, TestCard
from local.stripe_sandbox.errors import invalid, parameter_missing
from local.stripe_sandbox.redirects import BANK_REDIRECTS
from local.stripe_sandbox.store import JSON, new_id

TYPES = ("card", "bancontact", "ideal", "sepa_debit")
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
# https://docs.stripe.com/payments/sepa-debit and https://docs.stripe.com/payments/bancontact
_REQUIRED_BILLING = {"bancontact": ("name",), "sepa_debit": ("name", "email")}
_NAMED_BILLING = {"billing_details": {"name": "Jenny Rosen", "email": "jenny.rosen@example.com"}}


class Behaviour(Protocol):
    """What becomes of payments with a test method."""

    @property
    def decline(self) -> Decline | None:
        """How the payment fails; None: it succeeds."""

    @property
    def refund(self) -> str:
        """What becomes of its refunds, a `refund_outcomes.Outcome`."""

    @property
    def dispute_reason(self) -> str | None:
        """Why the payment is disputed right afterwards; None: it is not."""

    @property
    def dispute_status(self) -> str:
        """The status such a dispute starts with."""


def create(call: Call) -> JSON:
    """`POST /v1/payment_methods`."""
    return from_data(call, call.params)


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/payment_methods/{id}`; a test name answers a new PaymentMethod of what it stands for."""
    return resolve(call, identifier, param=None)


def resolve(call: Call, identifier: str, *, param: str | None = "payment_method") -> JSON:
    """The PaymentMethod of this id, or a new one for a test name, as Stripe does."""
    card = cards.BY_NAME.get(identifier)
    if card is not None:
        return _insert(call, "card", named_card(card), {"number": card.number}, {})
    account = bank_accounts.BY_NAME.get(identifier)
    if account is not None:
        note = {"iban": account.iban}
        return _insert(call, "sepa_debit", account_fields(account), note, _NAMED_BILLING)
    return call.load("payment_method", identifier, param=param)


def card_of(method: JSON) -> TestCard:
    """The test card behind a PaymentMethod of type card."""
    return BY_NUMBER[method["_sandbox"]["number"]]


def behaviour_of(method: JSON) -> Behaviour:
    """What becomes of payments with this PaymentMethod."""
    if method["type"] == "card":
        return card_of(method)
    if method["type"] == "sepa_debit":
        return BY_IBAN[method["_sandbox"]["iban"]]
    return BANK_REDIRECTS[method["type"]]


def from_data(call: Call, data: dict[str, Any]) -> JSON:
    """A PaymentMethod from what the customer typed in.

    Raises `StripeError`: 402 for a card with a wrong number, expiry or security code, 400 for a wrong IBAN,
    a name or e-mail address left out, or a type the sandbox does not have.
    """
    kind: str = data["type"]
    if kind not in TYPES:
        raise invalid(f"The Stripe sandbox has no payment methods of type {kind}.", param="type")
    for name in _REQUIRED_BILLING.get(kind, ()):
        if not data.get("billing_details", {}).get(name):
            raise parameter_missing(f"billing_details[{name}]")
    if kind in BANK_REDIRECTS:
        return _insert(call, kind, dict(BANK_REDIRECTS[kind].method), {}, data)
    if kind not in data:
        raise parameter_missing(kind)
    if kind == "card":
        card, fields = entered_card(data["card"])
        return _insert(call, kind, fields, {"number": card.number}, data)
    account = entered_account(data["sepa_debit"]["iban"])
    return _insert(call, kind, account_fields(account), {"iban": account.iban}, data)


def _insert(call: Call, kind: str, fields: JSON, note: JSON, data: dict[str, Any]) -> JSON:
    details = data.get("billing_details", {})
    method: JSON = {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": data.get("allow_redisplay", "unspecified"),
        "billing_details": {
            "address": {**_NO_ADDRESS, **(details.get("address") or {})},
            "email": details.get("email"),
            "name": details.get("name"),
            "phone": details.get("phone"),
            "tax_id": details.get("tax_id"),
        },
        kind: fields,
        "created": call.now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "type": kind,
        "_sandbox": note,
    }
    call.store.insert(method)
    return method
