"""What was given back, what may still be, and the payment status that follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import InvalidAmount, RefundExceedsRemaining
from domain.lifecycle import PaymentStatus, RefundStatus
from domain.money import CENT, allocate, exact

_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund: its amount in the order's currency and how far it got."""

    amount: Decimal
    status: RefundStatus


def refunded_amount(refunds: Iterable[RefundRow]) -> Decimal:
    """What reached the customer: succeeded refunds only."""
    return sum((row.amount for row in refunds if row.status == RefundStatus.SUCCEEDED), _NOTHING)


def refundable_amount(paid: Decimal, refunds: Iterable[RefundRow]) -> Decimal:
    """What may still be refunded of `paid`: pending refunds count as given, failed ones do not."""
    taken = sum((row.amount for row in refunds if row.status != RefundStatus.FAILED), _NOTHING)
    return max(paid - taken, _NOTHING)


def check_refund(
    amount: Decimal, paid: Decimal, refunds: Iterable[RefundRow], currency: str | None = None
) -> None:
    """Raise unless `amount` may be refunded now.

    InvalidAmount when it is not above zero or has more decimals than `currency` (two where none is given),
    RefundExceedsRemaining (amount, refundable_amount) when it is more than what is left.
    """
    if not amount.is_finite() or amount <= 0:
        raise InvalidAmount("A refund must be above zero.", amount=str(amount))
    left = refundable_amount(paid, refunds)
    if amount > left:
        raise RefundExceedsRemaining(
            f"At most {left} can still be refunded.", amount=str(amount), refundable_amount=str(left)
        )
    if currency is not None:
        exact(amount, currency)
    elif amount % CENT:
        raise InvalidAmount("A refund has at most two decimals.", amount=str(amount))


@dataclass(frozen=True, slots=True)
class RefundableLine:
    """A line of an order: what was paid for it in all, its pieces, and how many were refunded before."""

    gross: Decimal
    quantity: int
    refunded_quantity: int


def share_of_line(line: RefundableLine, quantity: int, currency: str) -> Decimal:
    """What the next `quantity` pieces of a line are worth; all its pieces together are worth its gross.

    RefundExceedsRemaining (refundable_quantity) when there are not so many left.
    """
    left = line.quantity - line.refunded_quantity
    if not 0 < quantity <= left:
        raise RefundExceedsRemaining(
            f"At most {left} of this line can still be refunded.", refundable_quantity=left
        )
    pieces = allocate(line.gross, [1] * line.quantity, currency)
    return sum(pieces[line.refunded_quantity : line.refunded_quantity + quantity], _NOTHING)


def payment_status_after(paid: Decimal, refunds: Iterable[RefundRow]) -> PaymentStatus:
    """The status of a payment of `paid` that was received, after its succeeded refunds."""
    refunded = refunded_amount(refunds)
    if refunded == 0:
        return PaymentStatus.PAID
    return PaymentStatus.PARTIALLY_REFUNDED if refunded < paid else PaymentStatus.REFUNDED
