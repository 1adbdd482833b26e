"""How an order's workflow is started: once for its number, however often that is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from settings import Settings
from workflows.messages import ORDER_WORKFLOW, OrderInput
from workflows.visibility import details, starting_attributes, summary

# An overloaded server sometimes notes a task as begun and loses it on the way to the worker. Then nothing
# happens until this is over, and a shopper waits. Temporal's choice is ten seconds; slow steps prolong it.
_TASK_TIMEOUT = timedelta(seconds=5)


def start_options(order: OrderInput, settings: Settings) -> dict[str, Any]:
    """What `start_workflow` takes for an order beside its workflow and input.

    One that runs is joined, one that has ended is not begun anew (WorkflowAlreadyStartedError).
    """
    window = timedelta(seconds=order.policy.payment_window)
    return {
        "id": order.order_number,
        "task_queue": settings.task_queue,
        "task_timeout": _TASK_TIMEOUT,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
        "search_attributes": starting_attributes(
            order, datetime.now(UTC) + window, versioned=settings.worker_build_id is not None
        ),
        "static_summary": summary(order),
        "static_details": details(order),
    }


def start_operation(order: OrderInput, settings: Settings) -> WithStartWorkflowOperation[Any, Any]:
    """The same as the first half of an update-with-start."""
    return WithStartWorkflowOperation(ORDER_WORKFLOW, order, **start_options(order, settings))
