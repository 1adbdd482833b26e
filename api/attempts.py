"""Which step of an order's workflow is being tried, how often, and what went wrong, as Temporal tells."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.failure.v1 import Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowExecutionDescription

# No order waits for its e-mails.
_BESIDE = frozenset({"send_email", "send_emails"})
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,79}")
_UNKNOWN = "unexpected_error"


@dataclass(frozen=True)
class Attempts:
    """The number of the present or coming attempt, the last failure's code, and when it is tried next."""

    number: int
    last_error: str | None
    next_try: datetime | None


def attempts_of(described: WorkflowExecutionDescription) -> Attempts | None:
    """The attempts at the step that was tried most often; None when none is under way."""
    pending = [
        step
        for step in described.raw_description.pending_activities
        if step.activity_type.name not in _BESIDE
    ]
    if not pending:
        return None
    step = max(pending, key=lambda each: each.attempt)
    error = _code(step.last_failure) if step.HasField("last_failure") else None
    return Attempts(step.attempt, error, _next_try(step))


def _code(failure: Failure) -> str:
    """The code or kind of a failure and nothing of its message."""
    if failure.HasField("timeout_failure_info"):
        return "timeout"
    kind = failure.application_failure_info.type
    return kind if _CODE.fullmatch(kind) else _UNKNOWN


def _next_try(step: PendingActivityInfo) -> datetime | None:
    if not step.HasField("next_attempt_schedule_time"):
        return None
    return step.next_attempt_schedule_time.ToDatetime(UTC)
