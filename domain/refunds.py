"""What was given back, what may still be, and the payment status that follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from domain.disputes import DisputeRow, held_amount, lost_amount
from domain.errors import InvalidAmount, RefundExceedsRemaining
from domain.lifecycle import PaymentStatus, RefundStatus
from domain.money import CENT, allocate, exact
from domain.orders import effect_key

MADE_AT_STRIPE = "made at Stripe"

_OUTSIDE = "stripe"
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund: its amount in the order's currency and how far it got."""

    amount: Decimal
    status: RefundStatus


def refunded_amount(refunds: Iterable[RefundRow]) -> Decimal:
    """What reached the customer: succeeded refunds only."""
    return sum((row.amount for row in refunds if row.status == RefundStatus.SUCCEEDED), _NOTHING)


def returned_amount(
    paid: Decimal, refunds: Iterable[RefundRow], disputes: Iterable[DisputeRow] = ()
) -> Decimal:
    """What of `paid` the customer has again: by succeeded refunds and by disputes that the shop lost.

    Never more than was paid, even where a bank took back what had been refunded before.
    """
    return min(refunded_amount(refunds) + lost_amount(disputes), paid)


def refundable_amount(
    paid: Decimal, refunds: Iterable[RefundRow], disputes: Iterable[DisputeRow] = ()
) -> Decimal:
    """What may still be refunded of `paid`.

    Pending refunds count as given and failed ones do not; what a bank has taken for a dispute, open or lost,
    cannot be given a second time (https://docs.stripe.com/disputes/how-disputes-work).
    """
    given = sum((row.amount for row in refunds if row.status != RefundStatus.FAILED), _NOTHING)
    disputed = list(disputes)
    return max(paid - given - held_amount(disputed) - lost_amount(disputed), _NOTHING)


def check_refund(
    amount: Decimal,
    paid: Decimal,
    refunds: Iterable[RefundRow],
    currency: str | None = None,
    disputes: Iterable[DisputeRow] = (),
) -> None:
    """Raise unless `amount` may be refunded now.

    InvalidAmount when it is not above zero or has more decimals than `currency` (two where none is given),
    RefundExceedsRemaining (amount, refundable_amount) when it is more than what is left.
    """
    if not amount.is_finite() or amount <= 0:
        raise InvalidAmount("A refund must be above zero.", amount=str(amount))
    left = refundable_amount(paid, refunds, disputes)
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


@dataclass(frozen=True, slots=True)
class ChargedShipping:
    """What an order was charged for shipping: its price as the vendor entered it, and the tax on it.

    Where prices include tax, `tax` is contained in `cost`. `refunded` tells whether it went back before.
    """

    cost: Decimal
    tax: Decimal
    prices_include_tax: bool
    refunded: bool

    @property
    def gross(self) -> Decimal:
        """What the customer paid for it."""
        return self.cost if self.prices_include_tax else self.cost + self.tax


def share_of_shipping(shipping: ChargedShipping) -> Decimal:
    """What goes back for shipping: all of it, once.

    InvalidAmount where it cost nothing, RefundExceedsRemaining (refundable_shipping) where it went back.
    """
    if shipping.gross == 0:
        raise InvalidAmount("The order's shipping was free, so there is nothing to refund.")
    if shipping.refunded:
        raise RefundExceedsRemaining("The shipping was refunded before.", refundable_shipping=str(_NOTHING))
    return shipping.gross


def payment_status_after(
    paid: Decimal, refunds: Iterable[RefundRow], disputes: Iterable[DisputeRow] = ()
) -> PaymentStatus:
    """The status of a payment of `paid` that was received: what came back of it decides, however it did.

    A lost dispute gave the customer the money as a refund does; an open one has decided nothing yet.
    """
    returned = returned_amount(paid, refunds, disputes)
    if returned == 0:
        return PaymentStatus.PAID
    return PaymentStatus.PARTIALLY_REFUNDED if returned < paid else PaymentStatus.REFUNDED


def outside_refund_key(order_number: str, reference: str) -> str:
    """The name of a refund that somebody made at Stripe, by Stripe's own reference."""
    return f"{effect_key(order_number, _OUTSIDE)}:{reference}"


def attempt_key(refund_key: str, attempt: int) -> str:
    """The key of one attempt at a refund, from the second on with its number: Stripe pays each key once."""
    return refund_key if attempt == 1 else f"{refund_key}:{attempt}"


def is_attempt_at(refund_key: str, sent_key: str | None) -> bool:
    """Whether what was sent under `sent_key` is one of the attempts at this refund."""
    return sent_key is not None and (sent_key == refund_key or sent_key.startswith(f"{refund_key}:"))


def is_ours(order_number: str, refund_key: str | None) -> bool:
    """Whether we made this refund; all others are booked and never sent again."""
    return refund_key is not None and refund_key.startswith(f"{effect_key(order_number, 'refund')}:")
