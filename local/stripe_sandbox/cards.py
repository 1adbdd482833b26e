"""Stripe's documented test cards and what each one does (https://docs.stripe.com/testing)."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Decline:
    """How an issuer says no: Stripe's error code, decline code and sentence."""

    code: str
    decline_code: str | None
    message: str
    blocked: bool = False


_NO = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _NO)
INSUFFICIENT_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", _NO)
STOLEN = Decline("card_declined", "stolen_card", _NO)
FRAUDULENT = Decline("card_declined", "fraudulent", _NO, blocked=True)
VELOCITY = Decline(
    "card_declined",
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
EXPIRED = Decline("expired_card", None, "Your card has expired.")
INCORRECT_CVC = Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
PROCESSING = Decline(
    "processing_error", None, "An error occurred while processing your card. Try again in a little bit."
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)


@dataclass(frozen=True, slots=True)
class TestCard:
    """One test number, the `pm_card_…` names that stand for it, and its behaviour."""

    number: str
    names: tuple[str, ...] = ()
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    decline: Decline | None = None
    three_d_secure: Literal["optional", "required", "unsupported"] = "optional"
    refund: Literal["succeeds", "fails", "pends"] = "succeeds"
    dispute_reason: str | None = None
    dispute_status: str = "needs_response"


def _declined(number: str, name: str, decline: Decline) -> TestCard:
    return TestCard(number, (f"pm_card_visa_{name}", f"pm_card_{name}"), decline=decline)


TEST_CARDS = (
    TestCard("4242424242424242", ("pm_card_visa",)),
    TestCard("4000056655665556", ("pm_card_visa_debit",), funding="debit"),
    TestCard("5555555555554444", ("pm_card_mastercard",), "mastercard"),
    TestCard("2223003122003222", (), "mastercard"),
    TestCard("5200828282828210", ("pm_card_mastercard_debit",), "mastercard", "debit"),
    TestCard("5105105105105100", ("pm_card_mastercard_prepaid",), "mastercard", "prepaid"),
    TestCard("378282246310005", ("pm_card_amex",), "amex", three_d_secure="unsupported"),
    TestCard("6011111111111117", ("pm_card_discover",), "discover", three_d_secure="unsupported"),
    TestCard("3056930009020004", ("pm_card_diners",), "diners", three_d_secure="unsupported"),
    TestCard("3566002020360505", ("pm_card_jcb",), "jcb", three_d_secure="unsupported"),
    TestCard("4000000560000004", ("pm_card_be",), country="BE"),
    TestCard("4000002760000016", ("pm_card_de",), country="DE"),
    TestCard("4000002500000003", ("pm_card_fr",), country="FR"),
    TestCard("4000004420000006", ("pm_card_lu",), country="LU"),
    TestCard("4000000000000077", ("pm_card_bypassPending",)),
    _declined("4000000000000002", "chargeDeclined", GENERIC),
    _declined("4000000000009995", "chargeDeclinedInsufficientFunds", INSUFFICIENT_FUNDS),
    _declined("4000000000009987", "chargeDeclinedLostCard", LOST),
    _declined("4000000000009979", "chargeDeclinedStolenCard", STOLEN),
    _declined("4000000000000069", "chargeDeclinedExpiredCard", EXPIRED),
    _declined("4000000000000127", "chargeDeclinedIncorrectCvc", INCORRECT_CVC),
    _declined("4000000000000119", "chargeDeclinedProcessingError", PROCESSING),
    _declined("4000000000006975", "chargeDeclinedVelocityLimitExceeded", VELOCITY),
    _declined("4100000000000019", "radarBlock", FRAUDULENT),
    TestCard("4000002760003184", ("pm_card_authenticationRequired",), three_d_secure="required"),
    TestCard("4000002500003155", ("pm_card_authenticationRequiredOnSetup",), three_d_secure="required"),
    TestCard("4000000000003220", ("pm_card_threeDSecure2Required",), three_d_secure="required"),
    TestCard("4000000000003055", ("pm_card_threeDSecureOptional",)),
    TestCard(
        "4000008260003178",
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",),
        decline=INSUFFICIENT_FUNDS,
        three_d_secure="required",
    ),
    TestCard(
        "4000008400001629",
        ("pm_card_threeDSecureRequiredChargeDeclined",),
        decline=GENERIC,
        three_d_secure="required",
    ),
    TestCard(
        "4000008400001280",
        ("pm_card_threeDSecureRequiredProcessingError",),
        decline=PROCESSING,
        three_d_secure="required",
    ),
    TestCard("4000000000005126", ("pm_card_refundFail",), refund="fails"),
    TestCard("4000000000007726", ("pm_card_pendingRefund",), refund="pends"),
    TestCard("4000000000000259", ("pm_card_createDispute",), dispute_reason="fraudulent"),
    TestCard(
        "4000000000002685",
        ("pm_card_createDisputeProductNotReceived",),
        dispute_reason="product_not_received",
    ),
    TestCard(
        "4000000000001976",
        ("pm_card_createDisputeInquiry",),
        dispute_reason="fraudulent",
        dispute_status="warning_needs_response",
    ),
)
BY_NUMBER = {card.number: card for card in TEST_CARDS}
BY_NAME = {name: card for card in TEST_CARDS for name in card.names}


def luhn_valid(number: str) -> bool:
    """The check digit every card number ends with (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
