"""Which of Temporal's errors mean that it is away or overloaded, not that a request is wrong."""

from temporalio.service import RPCError, RPCStatusCode

_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,  # also of a connection that was cut in the middle of a call
    }
)


def is_away(error: Exception) -> bool:
    """Whether the same call may succeed later."""
    if isinstance(error, RPCError):
        return error.status in _AWAY
    # A client that cannot connect raises a RuntimeError.
    return isinstance(error, RuntimeError) and "connect" in str(error)
