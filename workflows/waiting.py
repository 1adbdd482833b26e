"""Waits: each with a name, a deadline and a word on what the order waits for."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.state import OrderState
from workflows.visibility import changed_attributes, current_details


def is_extended(order: OrderState) -> bool:
    """Whether an operator has put the deadline of the present status off, and it is still to come."""
    until = order.extended_until
    return until is not None and until > workflow.now()


def announce(order: OrderState, waiting_for: str, deadline: datetime | None) -> None:
    """Show operators what the order waits for and until when."""
    order.waiting_for = waiting_for
    order.deadline = deadline
    publish(order)


def publish(order: OrderState) -> None:
    """Show operators how the order stands: on its page, and in the list where that has changed.

    The main line publishes at each wait, so that a change and the wait that follows it are one event.
    """
    if order.since is None or order.since[0] != order.status:
        order.since = order.status, workflow.now()
    workflow.set_current_details(current_details(order))
    shown = (order.status, order.payment_status, order.deadline, bool(order.concerns))
    if shown != order.published:
        order.published = shown
        workflow.upsert_search_attributes(changed_attributes(order))


def take_in_findings(order: OrderState, codes: Sequence[str]) -> None:
    """Show operators what reconciliation found wrong with the order; nothing clears it."""
    order.findings = list(codes)
    order.findings_since = (order.findings_since or workflow.now()) if codes else None
    publish(order)


def raise_attention(order: OrderState, reason: str) -> None:
    """Put the order on the operators' list of orders that need a human."""
    order.attention = reason
    publish(order)


async def happens(condition: Callable[[], bool], *, within: timedelta, name: str) -> bool:
    """Wait for a condition under a named timer; False when the time is up first."""
    if condition():
        return True
    if within <= timedelta(0):
        return False
    try:
        await workflow.wait_condition(condition, timeout=within, timeout_summary=name)
    except TimeoutError:
        return condition()
    return True
