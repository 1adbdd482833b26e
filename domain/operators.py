"""What operators may ask of an order: who they say they are, why, and how far they may go."""

import re
from datetime import datetime, timedelta

from domain.errors import OperatorRequestInvalid

MAX_EXTENSION = timedelta(days=90)
MAX_REASON = 200

_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}", re.ASCII)


def check_operator(operator: str, reason: str) -> None:
    """Raise OperatorRequestInvalid unless both may stand in an order's history.

    The handle is a staff handle and no name or e-mail address, because histories hold no personal data; the
    reason is one line of at most 200 characters and names nobody either.
    """
    if not _HANDLE.fullmatch(operator):
        raise OperatorRequestInvalid(
            "`operator` is your staff handle: 2 to 40 of a-z, 0-9, dot, underscore and hyphen, the first a "
            "letter or digit.",
            field="operator",
        )
    if not reason.strip() or len(reason) > MAX_REASON or not reason.isprintable():
        raise OperatorRequestInvalid(
            f"`reason` is one line of 1 to {MAX_REASON} characters that names no person.", field="reason"
        )


def extended_deadline(
    present: datetime, now: datetime, *, seconds: int | None, until: datetime | None
) -> datetime:
    """The deadline that an operator asks for: `seconds` after the present one, or `until`.

    What is over already is extended from `now` on. Raises OperatorRequestInvalid unless it is later than the
    present one and at most 90 days from now.
    """
    if (seconds is None) == (until is None):
        raise OperatorRequestInvalid("Give either `seconds` or `until`.", field="seconds")
    if until is not None and until.tzinfo is None:
        raise OperatorRequestInvalid("`until` needs its offset from UTC, such as Z.", field="until")
    field = "seconds" if until is None else "until"
    start = max(present, now)
    most = int((now + MAX_EXTENSION - start).total_seconds())
    if seconds is not None and not 0 < seconds <= most:
        raise OperatorRequestInvalid(_BOUNDS, field=field)
    wanted = until if until is not None else start + timedelta(seconds=seconds or 0)
    if not start < wanted <= now + MAX_EXTENSION:
        raise OperatorRequestInvalid(_BOUNDS, field=field)
    return wanted


_BOUNDS = f"A deadline is only put off, and to at most {MAX_EXTENSION.days} days from now."
