"""What Stripe says of an order after its workflow ended: late money goes back by itself."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.messages import (
        Actor,
        BookLatePayment,
        LateNotice,
        OrderRef,
        OrderSnapshot,
        PaymentRef,
        RecordRefund,
        RefundPayment,
        SendEmail,
    )
    from domain.lifecycle import ActorType, OrderStatus, RefundStatus
    from domain.orders import effect_key
    from workflows.messages import LATE_PAYMENT_WORKFLOW, LatePayment, OrderResult
    from workflows.steps import (
        BOOK_LATE_PAYMENT,
        CHECK_PAYMENT,
        FIND_ORDER,
        RECORD_REFUND,
        REFUND_PAYMENT,
        SEND_EMAIL,
        call,
        store,
    )


@workflow.defn(name=LATE_PAYMENT_WORKFLOW)
class LatePaymentWorkflow:
    """Takes up an order whose own workflow has ended; one runs for an order at a time."""

    @workflow.run
    async def run(self, late: LatePayment) -> OrderResult:
        notice = LateNotice(late.vendor_id, late.order_number, late.notice.event_type)
        order = await store(FIND_ORDER, notice, "load the order")
        if order.payment_reference is None:
            return OrderResult("ignored", order.status, order.payment_status)
        state = await call(CHECK_PAYMENT, _payment(late, order), "ask Stripe for the payment")
        unbooked = state.status == "succeeded" and order.paid_amount == 0
        if order.status == OrderStatus.CANCELLED and unbooked:
            actor = Actor(ActorType.SYSTEM, cause=late.notice.event_id)
            key = effect_key(late.order_number, "late_refund", 1)
            booked = BookLatePayment(_event(late, order, order.sequence + 1), actor, state, key)
            changed = await store(BOOK_LATE_PAYMENT, booked, "late payment, to be refunded")
            return await self._refund(late, order, key, changed.sequence)
        return OrderResult("nothing_to_do", order.status, order.payment_status)

    async def _refund(self, late: LatePayment, order: OrderSnapshot, key: str, sequence: int) -> OrderResult:
        pause = timedelta(seconds=60)
        while True:
            given = RefundPayment(late.vendor_id, order.order_id, key)
            state = await call(REFUND_PAYMENT, given, f"refund {key}")
            record = RecordRefund(_event(late, order, sequence + 1), key, state)
            recorded = await store(RECORD_REFUND, record, f"refund {state.status}")
            sequence += recorded.changed
            if state.status == RefundStatus.SUCCEEDED:
                break
            if state.status == RefundStatus.FAILED:
                raise ApplicationError("The refund of a late payment failed.", type="refund_failed")
            await workflow.sleep(pause, summary="ask Stripe for the refund")
            pause = min(pause * 2, timedelta(hours=1))
        mail = SendEmail(
            late.vendor_id, order.order_id, late.order_number, "refund_issued", f"refund_issued:{key}"
        )
        await call(SEND_EMAIL, mail, mail.email_key)
        return OrderResult("refunded", order.status, recorded.payment_status)


def _event(late: LatePayment, order: OrderSnapshot, sequence: int) -> OrderRef:
    return OrderRef(late.vendor_id, order.order_id, late.order_number, sequence)


def _payment(late: LatePayment, order: OrderSnapshot) -> PaymentRef:
    return PaymentRef(
        late.vendor_id,
        order.order_id,
        late.order_number,
        order.payment_reference,
        order.total_amount,
        order.currency,
    )
