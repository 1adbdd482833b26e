"""Business refusals as they cross Temporal: a failed step read back, and a refusal told to a caller."""

from typing import Any

from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from domain.errors import ERRORS_BY_CODE, DomainError, rebuild


def refusal_of(error: BaseException) -> DomainError | None:
    """The refusal inside a failed step; None for a failure that is no business refusal."""
    cause = error.cause if isinstance(error, ActivityError) else error
    if not isinstance(cause, ApplicationError) or not cause.non_retryable:
        # Being away has a code of ours too, but time mends it: it refuses nothing.
        return None
    if cause.type is None or cause.type not in ERRORS_BY_CODE:
        return None
    fields: Any = cause.details[0] if cause.details else {}
    return rebuild(cause.type, cause.message, fields)


def as_failure(refusal: DomainError) -> ApplicationError:
    """A refusal in the form in which an update's caller receives it."""
    return ApplicationError(
        refusal.message,
        refusal.fields,
        type=refusal.code,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )
