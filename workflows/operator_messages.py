"""What operators send to an order's workflow, as JSON by hand: never personal data."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

RETRY_STEP = "retry_step"
EXTEND_DEADLINE = "extend_deadline"
RESEND_EMAIL = "resend_email"
FORCE_REFUND = "force_refund"
RELEASE_STOCK = "release_stock"

# Whoever writes JSON by hand misspells it at times: what is not understood must not be passed over.
_STRICT = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class StepRetry:
    """Try what is backing off now: the step of this name, or all.

    In this and all that follow `operator` is a staff handle and no name, because histories hold no personal
    data, and `reason` is one line that names nobody; domain.operators says what they may look like.
    """

    __pydantic_config__: ClassVar = _STRICT

    operator: str
    reason: str
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeadlineExtension:
    """Put off what the order waits for, by `seconds` after the present deadline or to `until`."""

    __pydantic_config__: ClassVar = _STRICT

    operator: str
    reason: str
    seconds: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class EmailRepeat:
    """Send the newest e-mail of a kind once more."""

    __pydantic_config__: ClassVar = _STRICT

    operator: str
    reason: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class ForcedRefund:
    """Refund an amount, or all that is left; `reason` is told as the refund's."""

    __pydantic_config__: ClassVar = _STRICT

    operator: str
    reason: str
    amount: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class StockRelease:
    """Give back what the order holds and leave it open."""

    __pydantic_config__: ClassVar = _STRICT

    operator: str
    reason: str


@dataclass(frozen=True)
class OperatorActed:
    """What was done, in a word, and the number of the event that says so; none for a refused placement."""

    done: str
    event: int | None
