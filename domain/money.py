"""Amounts of money: rounding, minor units and exact division."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import total_ordering

from domain.errors import CurrencyNotSupported, InvalidAmount

CENT = Decimal("0.01")

# NUMERIC(12,2), the storage type of every amount, holds less than this on either side of zero.
AMOUNT_LIMIT = Decimal(10) ** 10

# https://docs.stripe.com/currencies#zero-decimal
_STRIPE_ZERO_DECIMAL = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
# Whole units only by ISO 4217, yet Stripe counts them in hundredths:
# https://docs.stripe.com/currencies#special-cases
_STRIPE_WHOLE_HUNDREDTHS = frozenset({"ISK", "UGX"})
# ISO 4217 gives these three or four decimals; storage has two, so they would lose money.
_MORE_THAN_TWO_DECIMALS = frozenset({"BHD", "CLF", "IQD", "JOD", "KWD", "LYD", "OMR", "TND", "UYW"})

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def minor_digits(currency: str) -> int:
    """Decimals an amount of this currency has: 2, or 0 where only whole units exist (JPY, ISK).

    `currency` is an upper-case ISO 4217 code. Raises CurrencyNotSupported for anything else and for
    currencies with more than two decimals.
    """
    well_formed = len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
    if not well_formed or currency in _MORE_THAN_TWO_DECIMALS:
        raise CurrencyNotSupported(f"Amounts in {currency!r} are not supported.", currency=currency)
    return 0 if currency in _STRIPE_ZERO_DECIMAL | _STRIPE_WHOLE_HUNDREDTHS else 2


def quantize(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half-up (away from zero) to the currency's decimals, as two-decimal or whole units.

    Raises InvalidAmount when it is not finite or its size reaches 10^10, CurrencyNotSupported.
    """
    step = Decimal(1).scaleb(-minor_digits(currency))
    if not amount.is_finite():
        raise InvalidAmount("An amount must be a finite number.", amount=str(amount), currency=currency)
    try:
        rounded = amount.quantize(step, context=_EXACT)
    except InvalidOperation:
        rounded = AMOUNT_LIMIT
    if abs(rounded) >= AMOUNT_LIMIT:
        raise InvalidAmount(
            "An amount must stay below 10,000,000,000.", amount=str(amount), currency=currency
        )
    return _EXACT.plus(rounded)  # turns -0.00 into 0.00


def exact(amount: Decimal, currency: str) -> Decimal:
    """`amount` with the currency's decimals, refusing with InvalidAmount what would have to be rounded."""
    rounded = quantize(amount, currency)
    if rounded != amount:
        raise InvalidAmount(
            f"An amount in {currency} has at most {minor_digits(currency)} decimals.",
            amount=str(amount),
            currency=currency,
        )
    return rounded


def to_minor_units(amount: Decimal, currency: str) -> int:
    """The integer Stripe calls `amount`. Raises InvalidAmount when the amount would have to be rounded."""
    return int(exact(amount, currency).scaleb(_stripe_digits(currency)))


def from_minor_units(units: int, currency: str) -> Decimal:
    """The amount behind Stripe's integer. Raises InvalidAmount for a fraction of a whole-unit currency."""
    return exact(Decimal(units).scaleb(-_stripe_digits(currency), context=_EXACT), currency)


def _stripe_digits(currency: str) -> int:
    return 0 if currency in _STRIPE_ZERO_DECIMAL else 2


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency.

    Raises InvalidAmount for amounts that are not finite, too large or too precise, and for mixing currencies;
    amounts of different currencies are unequal.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", exact(self.amount, self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same_currency(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same_currency(other)

    def _same_currency(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise InvalidAmount(
                f"{self.currency} and {other.currency} cannot be combined.",
                currency=self.currency,
                other_currency=other.currency,
            )
        return other.amount


def allocate(total: Decimal, weights: Sequence[Decimal | int], currency: str) -> tuple[Decimal, ...]:
    """`total` divided in proportion to `weights` by largest remainder.

    The shares sum exactly to `total` and each lies within one minor unit of its exact share; units left over
    go to the largest remainders, on a tie to the earlier position. Weights that are all zero share equally.
    Raises InvalidAmount for a negative or infinite weight, a total that is too precise, and a total other
    than zero without weights.
    """
    total = exact(total, currency)
    if not weights:
        if total:
            raise InvalidAmount("There is nothing to divide the amount among.", amount=str(total))
        return ()
    if any(not Decimal(weight).is_finite() or weight < 0 for weight in weights):
        raise InvalidAmount("A weight must be a finite number and not negative.")
    shares = [Fraction(weight) for weight in weights]
    if not any(shares):
        shares = [Fraction(1)] * len(weights)
    digits = minor_digits(currency)
    units = abs(int(total.scaleb(digits)))
    ideal = [units * share / sum(shares) for share in shares]
    whole = [int(part) for part in ideal]
    by_remainder = sorted(range(len(ideal)), key=lambda position: whole[position] - ideal[position])
    for position in by_remainder[: units - sum(whole)]:
        whole[position] += 1
    sign = -1 if total < 0 else 1
    return tuple(Decimal(sign * part).scaleb(-digits) for part in whole)
