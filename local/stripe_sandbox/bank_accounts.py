"""Stripe's documented SEPA test accounts, and what a debit of each one comes to.

https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-your-integration
"""

import hashlib
import re
from dataclasses import dataclass

from local.stripe_sandbox.cards import Decline
from local.stripe_sandbox.errors import invalid
from local.stripe_sandbox.store import JSON

FAILED = Decline("payment_intent_payment_attempt_failed", None, "The payment failed.")
_WEEKLY_VOLUME = Decline(
    "charge_exceeds_source_limit", None, "The payment exceeds the account's weekly payment volume limit."
)
_WEEKLY_TRANSACTIONS = Decline(
    "charge_exceeds_weekly_limit", None, "The payment exceeds the account's transaction volume limit."
)
_INSUFFICIENT_FUNDS = Decline("insufficient_funds", None, "The bank account has insufficient funds.")


@dataclass(frozen=True, slots=True)
class DebitAccount:
    """One test IBAN, the `pm_…` name that stands for it, and its behaviour.

    A `delayed` one answers "after at least three minutes", the others at once. Holders may dispute a debit
    without a reason and for good: https://docs.stripe.com/payments/sepa-debit#disputed-payments.
    """

    iban: str
    name: str
    decline: Decline | None = None
    delayed: bool = False
    dispute_reason: str | None = None
    dispute_status: str = "lost"
    refund: str = "pends"


def _accounts(country: str, ibans: str) -> tuple[DebitAccount, ...]:
    success, slow, failed, slowly_failed, disputed, volume, transactions, funds = ibans.split()
    return (
        DebitAccount(success, f"pm_success_{country}"),
        DebitAccount(slow, f"pm_successDelayed_{country}", delayed=True),
        DebitAccount(failed, f"pm_failed_{country}", FAILED),
        DebitAccount(slowly_failed, f"pm_failedDelayed_{country}", FAILED, delayed=True),
        DebitAccount(disputed, f"pm_disputed_{country}", dispute_reason="debit_not_authorized"),
        DebitAccount(volume, f"pm_exceedsWeeklyVolumeLimit_{country}", _WEEKLY_VOLUME),
        DebitAccount(transactions, f"pm_exceedsWeeklyTransactionLimit_{country}", _WEEKLY_TRANSACTIONS),
        DebitAccount(funds, f"pm_insufficientFunds_{country}", _INSUFFICIENT_FUNDS),
    )


TEST_ACCOUNTS = (
    *_accounts(
        "be",
        "BE62510007547061 BE78510007547064 BE68539007547034 BE51510007547065 "
        "BE08510007547063 BE90510000343434 BE52510000121212 BE90510002222227",
    ),
    *_accounts(
        "de",
        "DE89370400440532013000 DE08370400440532013003 DE62370400440532013001 DE78370400440532013004 "
        "DE35370400440532013002 DE65370400440000343434 DE27370400440000121212 DE65370400440002222227",
    ),
    *_accounts(
        "fr",
        "FR1420041010050500013M02606 FR3020041010050500013M02609 FR8420041010050500013M02607 "
        "FR7920041010050500013M02600 FR5720041010050500013M02608 FR9720041010050000000343434 "
        "FR5920041010050000000121212 FR9720041010050000002222227",
    ),
    *_accounts(
        "lu",
        "LU280019400644750000 LU440019400644750003 LU980019400644750001 LU170019400644750004 "
        "LU710019400644750002 LU900010000000343434 LU520010000000121212 LU900010000002222227",
    ),
)
BY_IBAN = {account.iban: account for account in TEST_ACCOUNTS}
BY_NAME = {account.name: account for account in TEST_ACCOUNTS}
# Where the bank and branch codes stand in the IBAN: the SWIFT IBAN registry.
_CODES = {"BE": ((4, 7), None), "DE": ((4, 12), None), "FR": ((4, 9), (9, 14)), "LU": ((4, 7), None)}


def iban_valid(iban: str) -> bool:
    """Whether the check digits fit (ISO 13616: remainder 1 of the rearranged number by 97)."""
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", iban) is None:
        return False
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def entered_account(text: str) -> DebitAccount:
    """The test account of a typed-in IBAN.

    Raises `RefusedRequestError` 400 for a wrong IBAN, or a right one that is not a test account.
    """
    iban = re.sub(r"\s", "", text).upper()
    if not iban_valid(iban):
        raise invalid(
            "The IBAN you provided is invalid.", code="invalid_bank_account_iban", param="sepa_debit[iban]"
        )
    account = BY_IBAN.get(iban)
    if account is None:
        raise invalid(
            "You must use a test bank account number in test mode. The Stripe sandbox has those of BE, DE, "
            "FR and LU on https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-your-integration.",
            code="payment_method_invalid_parameter_testmode",
            param="sepa_debit[iban]",
        )
    return account


def account_fields(account: DebitAccount) -> JSON:
    """What a PaymentMethod shows of the account."""
    bank, branch = _CODES[account.iban[:2]]
    return {
        "bank_code": account.iban[slice(*bank)],
        "branch_code": None if branch is None else account.iban[slice(*branch)],
        "country": account.iban[:2],
        "fingerprint": hashlib.sha256(f"stripe-sandbox:{account.iban}".encode()).hexdigest()[:16],
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": account.iban[-4:],
    }
