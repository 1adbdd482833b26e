"""What an order waits for, from what is stored of it; and what Temporal knows of the attempts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from api.engine import Engine
from api.schemas.waiting import WaitAnswer, present_wait
from db.queries.orders import OrderHistory
from db.queries.refundable import left_to_refund
from db.queries.waits import StoredWaits
from db.tables import Dispute, Order, Refund
from domain.disputes import needs_evidence
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from domain.refunds import is_ours
from domain.waiting import (
    OpenDispute,
    OpenRefund,
    Step,
    Wait,
    WaitFacts,
    Windows,
    deadline,
    timed_step,
    waiting_for,
)
from workflows.messages import OrderPolicy

_POLICY = OrderPolicy()


def wait_of(
    order: Order, history: OrderHistory, disputes: Sequence[Dispute], waits: StoredWaits
) -> Wait | None:
    """What the stored order waits for; None when it is over."""
    return waiting_for(_facts(order, history, disputes, waits))


def expected_of(order: Order, history: OrderHistory, waits: StoredWaits) -> Wait | None:
    """What its customer may know of the wait: no work for operators, no disputes."""
    return waiting_for(replace(_facts(order, history, (), waits), attention_since=None))


def _facts(order: Order, history: OrderHistory, disputes: Sequence[Dispute], waits: StoredWaits) -> WaitFacts:
    windows = Windows(
        fulfilment=_POLICY.fulfilment_window,
        delivery=_POLICY.delivery_window,
        returns=waits.return_window,
        bank=_POLICY.processing_window,
    )
    status = OrderStatus(order.status)
    since = history.status_events[-1].created_at if history.status_events else order.created_at
    bank_since = waits.bank_since if waits.payment == "processing" else None
    return WaitFacts(
        status=status,
        payment_method=PaymentMethod(order.payment_method),
        since=since,
        until=deadline(
            status,
            since,
            windows,
            payment_expires_at=order.payment_expires_at,
            extended_until=_extended(waits, timed_step(status)),
        ),
        completed=order.completed_at is not None,
        payment_opened=order.payment_reference is not None,
        bank_since=bank_since,
        bank_until=None if bank_since is None else _bank_deadline(bank_since, windows, waits),
        attention_since=_attention(order, history, waits),
        refunds=[
            OpenRefund(refund.created_at, refund.provider_reference is not None)
            for refund in history.refunds
            if refund.status == RefundStatus.PENDING
        ],
        disputes=[
            OpenDispute(dispute.opened_at, needs_evidence(dispute.status), dispute.evidence_due_by)
            for dispute in disputes
            if dispute.outcome is None
        ],
    )


async def answer_wait(engine: Engine, order_number: str, wait: Wait | None) -> WaitAnswer | None:
    """The wait with its attempts, which stay empty when Temporal does not answer at once."""
    if wait is None:
        return None
    return present_wait(wait, await engine.attempts(order_number))


def _extended(waits: StoredWaits, step: Step | None) -> datetime | None:
    """What an operator put the deadline of this step off to."""
    return waits.extended_until if waits.extended_step == step else None


def _bank_deadline(since: datetime, windows: Windows, waits: StoredWaits) -> datetime:
    """An extension counts for the attempt that it was made for; a later one has its own time."""
    present = since + timedelta(seconds=windows.bank)
    return max(present, _extended(waits, Step.BANK) or present)


def _attention(order: Order, history: OrderHistory, waits: StoredWaits) -> datetime | None:
    failed = [refund.updated_at for refund in history.refunds if refund_needs_operator(order, refund)]
    moments = [*failed, *([] if waits.finding_since is None else [waits.finding_since])]
    return min(moments, default=None)


def refund_needs_operator(order: Order, refund: Refund) -> bool:
    """Whether a refund of ours failed and there is still money to send it again with."""
    failed = refund.status == RefundStatus.FAILED and is_ours(order.order_number, refund.refund_key)
    return (
        failed and refund.amount <= left_to_refund(order) and order.payment_status != PaymentStatus.REFUNDED
    )
