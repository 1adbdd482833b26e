"""What Temporal's failures mean to the API: an order that has ended, a refusal, or an engine that is away."""

from temporalio.client import (
    RPCError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCStatusCode

from domain.errors import EngineUnavailable
from workflows.outages import is_away
from workflows.refusals import refusal_of

FAILURES = (WorkflowUpdateFailedError, WorkflowAlreadyStartedError, RPCError, RuntimeError)

# An update that was accepted when its workflow ended is answered with this type by the server.
_ENDED_MEANWHILE = "AcceptedUpdateCompletedWorkflow"
# A workflow task that had taken the update failed, or the workflow was about to end.
_GIVEN_UP = frozenset({RPCStatusCode.ABORTED, RPCStatusCode.FAILED_PRECONDITION})
# What the server says where it forgot an update, as when the workflow's task timed out.
_FORGOTTEN = "update was aborted"


class EngineSlow(Exception):  # noqa: N818 - it is no failure: the request is under way, its answer is not here yet
    """The workflow has the request, or will get it, and did not answer in time."""


class WorkflowGone(Exception):  # noqa: N818 - a fact about the order, which has ended
    """There is no running workflow under this order number."""


def meaning(error: Exception) -> Exception:
    """What a failed call to Temporal says about the order or the engine; the error itself when nothing."""
    if isinstance(error, WorkflowUpdateFailedError):
        cause = error.cause
        ended = isinstance(cause, ApplicationError) and cause.type == _ENDED_MEANWHILE
        return WorkflowGone() if ended else refusal_of(cause) or error
    if isinstance(error, WorkflowAlreadyStartedError):
        return WorkflowGone()
    if isinstance(error, RPCError) and error.status == RPCStatusCode.NOT_FOUND:
        return WorkflowGone()
    return away() if is_away(error) else error


def gave_up(error: BaseException | None) -> bool:
    """Whether the server answered that it dropped a request, which it may take when it is asked anew.

    A starved one does, within a second or two; the SDK repeats some of these for three seconds at the most.
    """
    if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError):
        return isinstance(error.__cause__, RPCError)  # and not that of our own task
    if not isinstance(error, RPCError):
        return False
    if error.status == RPCStatusCode.UNAVAILABLE:
        # Only a server adds details, which say what became of each half; a connection that fails has none.
        return bool(error.grpc_status.details) or _FORGOTTEN in error.message.lower()
    return error.status in _GIVEN_UP


def away() -> EngineUnavailable:
    """Temporal does not answer, or nobody there takes anything up."""
    return EngineUnavailable("The order system does not answer at the moment; please try again.")
