"""Disputes, and refunds made at Stripe: money that leaves a payment without our doing, as it stands."""

from datetime import timedelta

from temporalio import workflow

from activities.messages import Actor
from activities.reversal_messages import (
    DisputeState,
    ListedRefund,
    RecordDispute,
    RecordedReversal,
    RecordOutsideRefund,
)
from domain.disputes import needs_evidence, outcome_of
from domain.lifecycle import ActorType, PaymentStatus, RefundStatus
from domain.refunds import is_attempt_at, is_ours, outside_refund_key
from workflows.messages import PaymentNotice
from workflows.refunding import next_refund_key, take_refund_key
from workflows.state import OrderState
from workflows.steps import CHECK_REVERSALS, RECORD_DISPUTE, RECORD_OUTSIDE_REFUND, call, store
from workflows.waiting import happens, publish


def hear_of_reversal(order: OrderState, notice: PaymentNotice) -> None:
    """Note that money may have left the payment; who waits for a refund or for the payment asks too."""
    order.reversals.append(notice)
    order.notices.append(notice)


def reversals_due(order: OrderState) -> bool:
    """Whether news of a received payment are not booked yet."""
    return order.is_paid and (bool(order.reversals) or order.lock.locked())


async def follow_reversals(order: OrderState) -> None:
    """Ask Stripe for refunds and disputes whenever it has news of them, for as long as the workflow runs.

    While a dispute is open it is asked now and then without news, should they be lost.
    """
    while True:
        await workflow.wait_condition(lambda: order.is_paid and bool(order.reversals or order.open_disputes))
        poll = timedelta(seconds=order.input.policy.bank_poll_most)
        await happens(lambda: bool(order.reversals), within=poll, name="ask Stripe for the bank's verdict")
        heard = len(order.reversals)
        cause = order.reversals[-1].event_id if heard else "poll"
        await _take_in(order, Actor(ActorType.SYSTEM, cause=cause))
        for _ in range(heard):
            order.reversals.popleft()


async def _take_in(order: OrderState, actor: Actor) -> None:
    found = await call(CHECK_REVERSALS, order.payment, "ask Stripe for refunds and disputes")
    async with order.lock:
        for refund in found.refunds:
            if not is_ours(order.input.order_number, refund.refund_key):
                await _take_in_refund(order, actor, refund)
        for dispute in found.disputes:
            if order.disputes.get(dispute.reference) != dispute:
                await _take_in_dispute(order, actor, dispute)
        _look_again_at_returned(order, found.refunds)
    publish(order)


async def _take_in_refund(order: OrderState, actor: Actor, refund: ListedRefund) -> None:
    if order.outside_refunds.get(refund.reference) == refund.status:
        return
    given = RecordOutsideRefund(order.next_event, actor, refund)
    recorded = await store(RECORD_OUTSIDE_REFUND, given, f"{refund.reference} {refund.status}")
    order.outside_refunds[refund.reference] = refund.status
    _take_over(order, recorded)
    if recorded.changed and refund.status == RefundStatus.SUCCEEDED:
        key = outside_refund_key(order.input.order_number, refund.reference)
        order.mail("refund_issued", f"refund_issued:{key}")


async def _take_in_dispute(order: OrderState, actor: Actor, dispute: DisputeState) -> None:
    given = RecordDispute(order.next_event, actor, dispute, next_refund_key(order))
    recorded = await store(RECORD_DISPUTE, given, f"{dispute.reference} {dispute.status}")
    order.disputes[dispute.reference] = dispute
    _take_over(order, recorded)
    if recorded.refund_noted:
        take_refund_key(order)
    outcome = outcome_of(dispute.status)
    if recorded.changed and outcome is not None:
        order.mail("vendor_dispute_closed", f"vendor_dispute_closed:{dispute.reference}:{outcome}")
    elif recorded.changed and needs_evidence(dispute.status):
        order.mail("vendor_dispute_opened", f"vendor_dispute_opened:{dispute.reference}")


def _take_over(order: OrderState, recorded: RecordedReversal) -> None:
    order.sequence = recorded.sequence
    order.payment_status = PaymentStatus(recorded.payment_status)


def _look_again_at_returned(order: OrderState, listed: list[ListedRefund]) -> None:
    """Take up refunds of ours that seemed settled and that a bank has returned since.

    https://docs.stripe.com/refunds#failed-refunds
    """
    for key in list(order.settled_refunds):
        attempts = [refund.status for refund in listed if is_attempt_at(key, refund.refund_key)]
        if attempts and attempts[-1] == RefundStatus.FAILED:
            order.settled_refunds.remove(key)
            order.refunds.append(key)
