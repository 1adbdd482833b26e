"""What the workflows hand to the operators' activities and get back: handles, codes and amounts."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from activities.messages import OrderRef


@dataclass(frozen=True)
class OperatorNote:
    """Who asked for something and why, to be written as the order's next event.

    `operator` is a staff handle and no name. `data` is what the event tells beside them.
    """

    order: OrderRef
    operator: str
    reason: str
    data: dict[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExtendDeadline:
    """Put off the deadline of a `step`, one of domain.waiting's; the customer sees that of a payment."""

    note: OperatorNote
    step: str
    until: datetime


@dataclass(frozen=True)
class ResendEmail:
    """Find what was sent of a kind, to be sent again."""

    note: OperatorNote
    kind: str


@dataclass(frozen=True)
class EmailToResend:
    """The key of the new e-mail, and that of the one whose content it has."""

    email_key: str
    about: str


@dataclass(frozen=True)
class ForceRefund:
    """Note a refund of `amount`, or of all that is left, under `refund_key`."""

    note: OperatorNote
    refund_key: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class ReleasedStock:
    """How many pieces were given back."""

    pieces: int
