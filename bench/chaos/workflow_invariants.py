"""What has to hold of the workflows once a run is quiet."""

from collections.abc import Iterator, Sequence

from bench.chaos.records import Record
from bench.faults.books import Books
from bench.faults.invariants import Invariant, counted
from workflows.messages import ORDER_WORKFLOW


def check_workflows(records: Sequence[Record], books: Books) -> list[Invariant]:
    """Every invariant over the workflows, some against the stored orders."""
    return [
        counted("no workflow or task of one failed", _nothing_failed(records)),
        counted("no accepted update waits for its answer", _nobody_waits(records)),
        counted("no workflow is at work any more", _nothing_is_under_way(records)),
        counted("operators see what the order is", _shown_truly(records, books)),
        counted("every history replays", _replays(records)),
    ]


def _nothing_failed(records: Sequence[Record]) -> Iterator[str | None]:
    for record in records:
        troubles = [*record.problems, *record.failed_tasks]
        if record.status not in ("RUNNING", "COMPLETED"):
            troubles.append(record.status)
        yield f"{record.workflow_id}: {'; '.join(troubles)}" if troubles else None


def _nobody_waits(records: Sequence[Record]) -> Iterator[str | None]:
    for record in records:
        yield f"{record.workflow_id}: {', '.join(record.waiting)}" if record.waiting else None


def _nothing_is_under_way(records: Sequence[Record]) -> Iterator[str | None]:
    for record in records:
        yield f"{record.workflow_id}: {', '.join(record.under_way)}" if record.under_way else None


def _shown_truly(records: Sequence[Record], books: Books) -> Iterator[str | None]:
    orders = {order.order_number: order for order in books.orders}
    for record in records:
        order = orders.get(record.workflow_id)
        if record.kind != ORDER_WORKFLOW or order is None:
            continue
        stored = (order.status, order.payment_status)
        yield None if record.shown == stored else f"{record.workflow_id}: {record.shown}, stored {stored}"


def _replays(records: Sequence[Record]) -> Iterator[str | None]:
    for record in records:
        yield f"{record.workflow_id}: {record.replays}" if record.replays else None
