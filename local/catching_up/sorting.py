"""Which steps of an order's workflow are run again, and which had their effect elsewhere."""

from typing import Any

from workflows import steps

# One transaction each, numbered by the event it writes or repeatable as it is.
STORED = frozenset(
    step.name
    for step in (
        steps.WITHDRAW_PLACEMENT,
        steps.RECORD_PAYMENT,
        steps.RECORD_PROCESSING,
        steps.RECORD_DECLINE,
        steps.RECORD_AUTHORIZATION,
        steps.RECORD_CAPTURE,
        steps.CHANGE_STATUS,
        steps.CANCEL_ORDER,
        steps.COMPLETE_ORDER,
        steps.REFUSE_COMMAND,
        steps.REQUEST_REFUND,
        steps.REOPEN_REFUND,
        steps.RECORD_REFUND,
        steps.RECORD_OUTSIDE_REFUND,
        steps.RECORD_DISPUTE,
        steps.BOOK_LATE_PAYMENT,
        steps.NOTE_RETRY,
        steps.EXTEND_DEADLINE,
        steps.RESEND_EMAIL,
        steps.FORCE_REFUND,
        steps.RELEASE_STOCK,
    )
)
# At Stripe or only read: what they brought about is there.
ELSEWHERE = frozenset(
    step.name
    for step in (
        steps.CHECK_PAYMENT,
        steps.CANCEL_PAYMENT,
        steps.CAPTURE_PAYMENT,
        steps.REFUND_PAYMENT,
        steps.CHECK_REVERSALS,
        steps.FIND_ORDER,
        steps.CREATE_ORDER,  # an order whose row is missing is lost, its lines with it
    )
)
PAYMENT_OPENED = steps.OPEN_PAYMENT.name
MAILED = frozenset(step.name for step in (steps.SEND_EMAIL, steps.SEND_EMAILS, steps.SEND_EMAILS_AT_ONCE))


def event_number(given: Any) -> int | None:  # noqa: ANN401 -- of any step
    """The number of the first event that a step writes; None for a step without one."""
    for holder in (
        given,
        getattr(given, "order", None),
        getattr(getattr(given, "note", None), "order", None),
    ):
        number = getattr(holder, "sequence", None)
        if isinstance(number, int):
            return number
    return None
