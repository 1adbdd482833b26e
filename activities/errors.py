"""The boundary between activities and Temporal: what went wrong, without anything about a person."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, FailureError

from db.outages import from_driver, told
from domain.errors import DomainError, Unavailable

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def at_the_boundary(
    activity: Callable[Given, Coroutine[Any, Any, Answer]],
) -> Callable[Given, Coroutine[Any, Any, Answer]]:
    """Decorate an activity so that each of its errors may stand in a workflow's history.

    A refusal becomes a failure of type `code` that is not tried again; being unavailable is tried again,
    after `retry_after` seconds where that is known. Of all other errors only the kind and the place are
    kept: messages of the database quote the rows they are about. Failures made for Temporal pass as they are.
    """

    @wraps(activity)
    async def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        try:
            return await activity(*args, **kwargs)
        except FailureError:
            raise
        except DomainError as error:
            raise refusal(error) from None
        except Exception as error:  # noqa: BLE001 -- whatever it is, its text must not leave
            raise _unexpected(error).with_traceback(error.__traceback__) from None

    return guarded


def refusal(error: DomainError) -> ApplicationError:
    """A fact of the domain as an activity's failure."""
    if isinstance(error, Unavailable):
        return ApplicationError(
            error.message, error.fields, type=error.code, next_retry_delay=_next_retry_delay(error)
        )
    return ApplicationError(
        error.message,
        error.fields,
        type=error.code,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


def _next_retry_delay(error: Unavailable) -> timedelta | None:
    seconds = error.fields.get("retry_after")
    return timedelta(seconds=seconds) if isinstance(seconds, int) else None


def _unexpected(error: Exception) -> ApplicationError:
    said = from_driver(error)
    if said is not None:
        return ApplicationError(told(said), type="database_error")
    return ApplicationError(type(error).__name__, type="unexpected_error")
