"""The order's status and payment status: what may follow what, and who may ask for it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from domain.errors import TransitionNotAllowed


class OrderStatus(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class CancelReason(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    OUT_OF_STOCK = "out_of_stock"
    PAYMENT_FAILED = "payment_failed"
    EXPIRED = "expired"
    FRAUD = "fraud"
    OTHER = "other"


class ActorType(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ADMIN = "admin"
    SYSTEM = "system"


class PaymentMethod(StrEnum):
    STRIPE = "stripe"
    MANUAL = "manual"


class RefundStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_Status = TypeVar("_Status", bound=StrEnum)
_Table = Mapping[_Status, frozenset[_Status]]

TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = MappingProxyType(
    {
        OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLED}),
        OrderStatus.CONFIRMED: frozenset(
            {OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.CANCELLED}
        ),
        OrderStatus.PROCESSING: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
        OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED}),
        OrderStatus.DELIVERED: frozenset(),
        OrderStatus.CANCELLED: frozenset(),
    }
)

# The way of every order that is not cancelled; one may be shipped without having been prepared.
PROGRESS = (
    OrderStatus.PENDING,
    OrderStatus.CONFIRMED,
    OrderStatus.PROCESSING,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)

# A refund may fail after it succeeded (https://docs.stripe.com/refunds#failed-refunds), which leads back
# towards paid. A payment may still succeed after it was voided; it is then booked as paid and refunded.
PAYMENT_TRANSITIONS: Mapping[PaymentStatus, frozenset[PaymentStatus]] = MappingProxyType(
    {
        PaymentStatus.PENDING: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED, PaymentStatus.VOIDED}),
        PaymentStatus.FAILED: frozenset({PaymentStatus.PENDING, PaymentStatus.PAID, PaymentStatus.VOIDED}),
        PaymentStatus.PAID: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
        PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.PAID, PaymentStatus.REFUNDED}),
        PaymentStatus.REFUNDED: frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED}),
        PaymentStatus.VOIDED: frozenset({PaymentStatus.PAID}),
    }
)

_CUSTOMER_CANCELS = frozenset({OrderStatus.PENDING, OrderStatus.CONFIRMED})


def is_final(status: OrderStatus) -> bool:
    """Whether nothing follows this status."""
    return not TRANSITIONS[status]


def next_statuses(
    status: OrderStatus,
    *,
    payment_status: PaymentStatus,
    payment_method: PaymentMethod,
    actor: ActorType,
) -> tuple[OrderStatus, ...]:
    """What `actor` may set next, in the order of the table.

    - A customer cancels, and only while the order is pending or confirmed.
    - The system confirms on payment evidence: `payment_status` is paid. An amount that is only authorised
      confirms as well; it leaves `payment_status` pending until it is captured.
    - A vendor or an admin confirms only a manual order, which records its payment; a Stripe order is never
      theirs to confirm.
    """
    return tuple(
        target
        for target in OrderStatus
        if target in TRANSITIONS[status] and _may(actor, status, target, payment_status, payment_method)
    )


def _may(
    actor: ActorType,
    status: OrderStatus,
    target: OrderStatus,
    payment_status: PaymentStatus,
    payment_method: PaymentMethod,
) -> bool:
    if actor == ActorType.CUSTOMER:
        return target == OrderStatus.CANCELLED and status in _CUSTOMER_CANCELS
    if target != OrderStatus.CONFIRMED:
        return True
    if actor == ActorType.SYSTEM:
        return payment_status == PaymentStatus.PAID
    return payment_method == PaymentMethod.MANUAL and payment_status in {
        PaymentStatus.PENDING,
        PaymentStatus.PAID,
    }


def check_transition(
    current: OrderStatus,
    target: OrderStatus,
    *,
    payment_status: PaymentStatus,
    payment_method: PaymentMethod,
    actor: ActorType,
) -> None:
    """Raise TransitionNotAllowed (status, requested, next_statuses) unless `actor` may set `target` now.

    Setting the present status again is a transition like any other and is refused; a caller to whom it is a
    no-op asks before.
    """
    allowed = next_statuses(
        current, payment_status=payment_status, payment_method=payment_method, actor=actor
    )
    if target not in allowed:
        raise _not_allowed("An order", current, target, allowed)


def check_payment_transition(current: PaymentStatus, target: PaymentStatus) -> None:
    """Raise TransitionNotAllowed unless the payment status may become `target`; the same again is refused."""
    allowed = tuple(status for status in PaymentStatus if status in PAYMENT_TRANSITIONS[current])
    if target not in allowed:
        raise _not_allowed("A payment", current, target, allowed)


def _not_allowed(what: str, current: str, target: str, allowed: tuple[StrEnum, ...]) -> TransitionNotAllowed:
    return TransitionNotAllowed(
        f"{what} that is {current} cannot become {target} now.",
        status=str(current),
        requested=str(target),
        next_statuses=[str(status) for status in allowed],
    )


def validate_table(table: _Table[_Status], start: _Status) -> list[str]:
    """What is wrong with a transition table: targets without a row, and states `start` never reaches."""
    problems = [
        f"{status} leads to {target}, which has no row"
        for status, targets in table.items()
        for target in sorted(targets - table.keys())
    ]
    reached = {start}
    frontier = [start]
    while frontier:
        fresh = table.get(frontier.pop(), frozenset()) - reached
        reached |= fresh
        frontier.extend(fresh)
    return problems + [f"{status} is never reached" for status in table if status not in reached]


def came_this_far(counts: Mapping[str, int]) -> dict[str, int]:
    """Of orders counted by their status now: how many came to each one or beyond it; cancelled ones apart."""
    found: dict[str, int] = {}
    so_far = 0
    for status in reversed(PROGRESS):
        so_far += counts[status]
        found[status] = so_far
    return dict(reversed(found.items()))
