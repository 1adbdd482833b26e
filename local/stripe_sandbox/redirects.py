"""Bank redirects: the customer approves the payment on the bank's page and is sent back, paid or not.

Both methods here tell at once whether the payment succeeded, so they never leave it in `processing`
(https://docs.stripe.com/payments/bancontact, https://docs.stripe.com/payments/ideal).
"""

from dataclasses import dataclass

from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.store import JSON

_GENERATED: JSON = {"generated_sepa_debit": None, "generated_sepa_debit_mandate": None}


@dataclass(frozen=True, slots=True)
class BankRedirect:
    """A method that pays through a redirect, and the fields it adds to PaymentMethods and charges."""

    label: str
    method: JSON
    charge: JSON
    options: JSON
    decline: Decline | None = None
    dispute_reason: str | None = None
    dispute_status: str = "lost"
    refund: str = "pends"


BANK_REDIRECTS = {
    "bancontact": BankRedirect(
        "Bancontact",
        method={},
        charge={
            "bank_code": "VAPE",
            "bank_name": "VAN DE PUT & CO",
            "bic": "VAPEBE22",
            "iban_last4": "7061",
            "preferred_language": "en",
            "verified_name": "Jenny Rosen",
            **_GENERATED,
        },
        options={"preferred_language": "en"},
    ),
    "ideal": BankRedirect(
        "iDEAL",
        method={"bank": None, "bic": None},
        charge={
            "bank": "rabobank",
            "bic": "RABONL2U",
            "iban_last4": "5264",
            "transaction_id": None,
            "verified_name": "Jenny Rosen",
            **_GENERATED,
        },
        options={},
    ),
}
