"""What operators see of an order in Temporal: search attributes, summary and current details."""

from datetime import datetime
from typing import Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from domain.disputes import needs_evidence
from domain.lifecycle import OrderStatus
from domain.waiting import OpenDispute, OpenRefund, WaitFacts, waiting_for
from workflows.messages import OrderInput
from workflows.state import OrderState

ORDER_STATUS = SearchAttributeKey.for_keyword("OrderStatus")
PAYMENT_STATUS = SearchAttributeKey.for_keyword("PaymentStatus")
VENDOR_CODE = SearchAttributeKey.for_keyword("VendorCode")
CUSTOMER_ID = SearchAttributeKey.for_keyword("CustomerId")
ORDER_TOTAL = SearchAttributeKey.for_float("OrderTotal")
STAGE_DEADLINE = SearchAttributeKey.for_datetime("StageDeadline")
NEEDS_ATTENTION = SearchAttributeKey.for_bool("NeedsAttention")

# What a worker without a version of its own is called, and what Temporal itself writes of a workflow that one
# has taken up. An order that says so from the start is not written to visibility a second time, which is a
# tenth of the server's time for placing. Who takes it up under another name is noted by Temporal as ever.
BUILD = "orion"
_BUILD_IDS = SearchAttributeKey.for_keyword_list("BuildIds")
_UNVERSIONED = ("unversioned", f"unversioned:{BUILD}")

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    ORDER_STATUS,
    PAYMENT_STATUS,
    VENDOR_CODE,
    CUSTOMER_ID,
    ORDER_TOTAL,
    STAGE_DEADLINE,
    NEEDS_ATTENTION,
)


def starting_attributes(
    order: OrderInput, deadline: datetime, *, versioned: bool = False
) -> TypedSearchAttributes:
    """What an order is found by from its first moment; at the start they cost no history event.

    `versioned` where workers run under versions, of which Temporal then keeps account alone.
    """
    return TypedSearchAttributes(
        [
            SearchAttributePair(ORDER_STATUS, "pending"),
            SearchAttributePair(PAYMENT_STATUS, "pending"),
            SearchAttributePair(VENDOR_CODE, order.vendor_code),
            SearchAttributePair(CUSTOMER_ID, str(order.customer_id)),
            # Visibility knows no decimals; this is for searching, nothing computes with it.
            SearchAttributePair(ORDER_TOTAL, float(order.total_amount)),
            SearchAttributePair(STAGE_DEADLINE, deadline),
            SearchAttributePair(NEEDS_ATTENTION, False),
            *([] if versioned else [SearchAttributePair(_BUILD_IDS, _UNVERSIONED)]),
        ]
    )


def summary(order: OrderInput) -> str:
    """The line beside the workflow id in the Temporal UI."""
    return f"{order.vendor_code} · {order.total_amount:.2f} {order.currency} · {order.payment_method}"


def details(order: OrderInput) -> str:
    """The workflow's fixed description in the Temporal UI, in Markdown."""
    return (
        f"Order **{order.order_number}** of vendor {order.vendor_code}, customer {order.customer_id}, "
        f"{order.total_amount:.2f} {order.currency}, paid by {order.payment_method}."
    )


def changed_attributes(order: OrderState) -> list[SearchAttributeUpdate[Any]]:
    """The search attributes that follow an order through its life."""
    return [
        ORDER_STATUS.value_set(order.status),
        PAYMENT_STATUS.value_set(order.payment_status),
        STAGE_DEADLINE.value_set(order.deadline) if order.deadline else STAGE_DEADLINE.value_unset(),
        NEEDS_ATTENTION.value_set(bool(order.concerns)),
    ]


def wait_facts(order: OrderState, since: datetime) -> WaitFacts:
    """What the workflow knows of an order, in its status `since`, for the rule that the API uses too."""
    pending = order.status == OrderStatus.PENDING
    return WaitFacts(
        status=order.status,
        payment_method=order.payment_method,
        since=since,
        until=order.payment_deadline if pending else order.deadline,
        completed=order.completed,
        payment_opened=order.payment_reference is not None,
        bank_since=order.bank_since,
        bank_until=order.bank_deadline,
        attention_since=order.attention_since,
        refunds=[
            OpenRefund(order.refunds_since.get(key, since), key in order.sent_refunds)
            for key in order.refunds
        ],
        disputes=[
            OpenDispute(each.opened_at, needs_evidence(each.status), each.evidence_due_by)
            for each in order.open_disputes
        ],
    )


def current_details(order: OrderState) -> str:
    """What the order waits for, for whom and until when, in Markdown."""
    lines = [
        f"**{order.status}**, payment {order.payment_status}",
        f"- waits for: {order.waiting_for}",
    ]
    wait = None if order.since is None else waiting_for(wait_facts(order, order.since[1]))
    if wait is not None:
        lines.append(f"- step: {wait.step}, for: {wait.party}")
        lines.append(f"- since: {wait.since:%Y-%m-%d %H:%M:%S} UTC")
    until = order.deadline if wait is None else wait.until
    if until is not None:
        lines.append(f"- until: {until:%Y-%m-%d %H:%M:%S} UTC")
    if order.last_error is not None:
        lines.append(f"- last error: {order.last_error}")
    lines += [f"- **needs attention**: {concern}" for concern in order.concerns]
    return "\n".join(lines)
