"""What became of an order: what happened to it and when, as far as it has happened yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from domain.lifecycle import CancelReason, PaymentMethod
from domain.lifecycle import OrderStatus as Status
from domain.lifecycle import PaymentStatus as Paid

_WINDOW = {PaymentMethod.STRIPE: timedelta(minutes=30), PaymentMethod.MANUAL: timedelta(days=7)}
_RETURNS = timedelta(days=30)


@dataclass(frozen=True)
class Life:
    """An order's life until now; moments that have not come are None."""

    placed: datetime
    method: PaymentMethod
    status: Status = Status.PENDING
    payment_status: Paid = Paid.PENDING
    paid: datetime | None = None
    processed: datetime | None = None
    shipped: datetime | None = None
    delivered: datetime | None = None
    completed: datetime | None = None
    cancelled: datetime | None = None
    cancel_reason: CancelReason | None = None
    refunded: datetime | None = None
    refunds_all: bool = False

    @property
    def expires(self) -> datetime:
        """Until when it may be paid."""
        return self.placed + _WINDOW[self.method]

    @property
    def touched(self) -> datetime:
        """When something happened to it last."""
        moments = (
            *(self.placed, self.paid, self.processed, self.shipped, self.delivered, self.completed),
            *(self.cancelled, self.refunded),
        )
        return max(moment for moment in moments if moment is not None)


def live(placed: datetime, now: datetime, random: Random) -> Life:
    """A life as most are: paid, shipped in days, delivered; some expire, are cancelled or come back."""
    method = PaymentMethod.MANUAL if random.random() < 0.12 else PaymentMethod.STRIPE
    life, chance = Life(placed, method), random.random()
    if chance < 0.04:
        if life.expires > now:
            return life
        return replace(
            life,
            status=Status.CANCELLED,
            payment_status=Paid.VOIDED,
            cancelled=life.expires,
            cancel_reason=CancelReason.EXPIRED,
        )
    paid = placed + _WINDOW[method] * random.uniform(0.02, 0.6)
    if paid > now:
        return life
    life = replace(life, status=Status.CONFIRMED, payment_status=Paid.PAID, paid=paid)
    if chance < 0.07:
        return _cancelled(life, paid + timedelta(hours=random.uniform(0.1, 12)), now)
    return _sent(life, now, random)


def _cancelled(life: Life, at: datetime, now: datetime) -> Life:
    if at > now:
        return life
    return replace(
        life,
        status=Status.CANCELLED,
        payment_status=Paid.REFUNDED,
        cancelled=at,
        cancel_reason=CancelReason.CUSTOMER,
        refunded=at + timedelta(seconds=2),
        refunds_all=True,
    )


def _sent(life: Life, now: datetime, random: Random) -> Life:
    assert life.paid is not None
    processed = life.paid + timedelta(hours=random.uniform(0.5, 24))
    shipped = processed + timedelta(hours=random.uniform(2, 48))
    delivered = shipped + timedelta(hours=random.uniform(20, 120))
    if processed > now:
        return life
    life = replace(life, status=Status.PROCESSING, processed=processed)
    if shipped > now:
        return life
    life = replace(life, status=Status.SHIPPED, shipped=shipped)
    if delivered > now:
        return life
    life = replace(life, status=Status.DELIVERED, delivered=delivered)
    if random.random() < 0.05 and (refunded := delivered + timedelta(days=random.uniform(1, 20))) <= now:
        whole = random.random() < 0.4
        status = Paid.REFUNDED if whole else Paid.PARTIALLY_REFUNDED
        life = replace(life, refunded=refunded, refunds_all=whole, payment_status=status)
    if delivered + _RETURNS <= now:
        life = replace(life, completed=delivered + _RETURNS)
    return life
