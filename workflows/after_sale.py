"""What happens to an order after its own workflow ended: refunds, late money, bounced refunds, disputes."""

import asyncio
from collections.abc import Awaitable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Actor, LateNotice
    from activities.payment_messages import BookLatePayment
    from domain.errors import DomainError
    from domain.lifecycle import ActorType, OrderStatus, PaymentStatus
    from workflows import operators
    from workflows.disputes import follow_reversals, hear_of_reversal, reversals_due
    from workflows.mailing import send_mail
    from workflows.messages import (
        AFTER_SALE_WORKFLOW,
        ATTENTION,
        PAYMENT_CHANGED,
        PAYMENT_REVERSED,
        REFUND,
        AfterSale,
        Attention,
        OrderInput,
        OrderPolicy,
        OrderResult,
        PaymentNotice,
        RefundRequest,
        RefundRequested,
    )
    from workflows.operator_messages import (
        FORCE_REFUND,
        RESEND_EMAIL,
        RETRY_STEP,
        EmailRepeat,
        ForcedRefund,
        OperatorActed,
        StepRetry,
    )
    from workflows.refunding import (
        check_refundable,
        look_again,
        next_refund_key,
        request_refund,
        send_refunds,
        take_refund_key,
    )
    from workflows.refusals import as_failure
    from workflows.state import OrderState
    from workflows.steps import BOOK_LATE_PAYMENT, CHECK_PAYMENT, FIND_ORDER, call, store
    from workflows.under_way import StepsUnderWay
    from workflows.waiting import announce, take_in_findings


@workflow.defn(name=AFTER_SALE_WORKFLOW)
class AfterSaleWorkflow:
    """Takes up an order whose own workflow has ended; one runs for an order at a time."""

    @workflow.init
    def __init__(self, given: AfterSale) -> None:
        self._given = given
        self._order: OrderState | None = None
        self.under_way = StepsUnderWay()
        self._notices: list[PaymentNotice] = []
        self._reversals: list[PaymentNotice] = []

    @workflow.run
    async def run(self, given: AfterSale) -> OrderResult:  # noqa: ARG002 -- Temporal hands it to both
        order = self._order = await self._load()
        for notice in self._reversals:
            self._hear_of_reversal(order, notice)
        beside = [asyncio.create_task(task(order)) for task in (send_refunds, send_mail, follow_reversals)]
        while True:
            while self._notices:
                await self._take_in(order, self._notices.pop(0))
            await workflow.wait_condition(lambda: bool(self._notices) or self._is_quiet(order, beside))
            if not self._notices:
                break
        for task in beside:
            if task.done():
                task.result()
        announce(order, "nothing any more", None)
        return OrderResult("settled", order.status, order.payment_status)

    def _is_quiet(self, order: OrderState, beside: "list[asyncio.Task[None]]") -> bool:
        """Whether nothing is under way any more, or something beside the main line broke off."""
        waiting = order.refunds or order.outbox or order.open_disputes or reversals_due(order)
        return (not waiting and workflow.all_handlers_finished()) or any(task.done() for task in beside)

    async def _load(self) -> OrderState:
        given = self._given
        # In the history before anything is done: what follows counts on from its numbers. Read anew after a
        # worker's death, it would know of what was done, and the same wish would get another number.
        load = call if workflow.patched("loaded-for-good") else store
        found = await load(FIND_ORDER, LateNotice(given.vendor_id, given.order_number), "load the order")
        order = OrderState(
            OrderInput(
                vendor_id=given.vendor_id,
                vendor_code=given.vendor_code,
                placement_id=0,
                order_number=given.order_number,
                customer_id=0,
                payment_method=found.payment_method,
                total_amount=found.total_amount,
                currency=found.currency,
                policy=OrderPolicy(),
            ),
            payment_deadline=workflow.now(),
        )
        order.waiting_for = "Stripe and the banks to settle refunds and disputes"
        order.order_id = found.order_id
        order.status = OrderStatus(found.status)
        order.payment_status = PaymentStatus(found.payment_status)
        order.total_amount, order.currency = found.total_amount, found.currency
        order.sequence, order.placed, order.completed = found.sequence, True, True
        order.payment_reference = found.payment_reference
        order.refund_count = len(found.refund_keys)
        order.settled_refunds = list(found.refund_keys)
        return order

    async def _take_in(self, order: OrderState, notice: PaymentNotice) -> None:
        if order.payment_status == PaymentStatus.VOIDED and order.payment_reference is not None:
            await self._take_in_late_payment(order, notice)
        else:
            look_again(order)

    async def _take_in_late_payment(self, order: OrderState, notice: PaymentNotice) -> None:
        """Money for a cancelled order is booked and goes back in full."""
        state = await call(CHECK_PAYMENT, order.payment, "ask Stripe for the payment")
        if state.status != "succeeded" or order.status != OrderStatus.CANCELLED:
            return
        actor = Actor(ActorType.SYSTEM, cause=notice.event_id)
        async with order.lock:
            given = BookLatePayment(order.next_event, actor, state, next_refund_key(order))
            booked = await store(BOOK_LATE_PAYMENT, given, "late payment, to be refunded")
            order.sequence = booked.sequence
            order.payment_status = PaymentStatus(booked.payment_status)
            take_refund_key(order)

    @workflow.update(name=REFUND, description="Refunds an amount, pieces, or all that is left")
    async def refund(self, request: RefundRequest) -> RefundRequested:
        order = await self._loaded()
        try:
            return await request_refund(order, request)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @refund.validator
    def _check_refund(self, request: RefundRequest) -> None:  # noqa: ARG002 -- the update's signature
        if self._order is None:
            return
        try:
            check_refundable(self._order)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @workflow.signal(name=PAYMENT_CHANGED, description="Stripe has news; the order asks for them")
    def payment_changed(self, notice: PaymentNotice) -> None:
        self._notices.append(notice)
        if self._order is not None:
            self._order.notices.append(notice)

    @workflow.signal(name=PAYMENT_REVERSED, description="Stripe has news of refunds or disputes")
    def payment_reversed(self, notice: PaymentNotice) -> None:
        if self._order is None:
            self._reversals.append(notice)
        else:
            self._hear_of_reversal(self._order, notice)

    def _hear_of_reversal(self, order: OrderState, notice: PaymentNotice) -> None:
        """Money that leaves a payment nobody knows of has arrived first: that is booked before."""
        if order.payment_status == PaymentStatus.VOIDED:
            self._notices.append(notice)
        hear_of_reversal(order, notice)

    @workflow.signal(name=ATTENTION, description="What reconciliation found wrong with the order")
    def attention(self, found: Attention) -> None:
        if self._order is not None:
            take_in_findings(self._order, found.codes)

    @workflow.update(name="retry_refund", description="Sends a failed refund again")
    def retry_refund(self) -> None:
        if self._order is not None:
            self._order.refund_retry_requested = True

    @workflow.update(name=RETRY_STEP, description="Operators: tries what is backing off now")
    async def retry_step(self, request: StepRetry) -> OperatorActed:
        return await self._as_operator(operators.retry_step(await self._loaded(), self.under_way, request))

    @retry_step.validator
    def _check_retry_step(self, request: StepRetry) -> None:
        self._check_operator(request)

    @workflow.update(name=RESEND_EMAIL, description="Operators: sends an e-mail of the order once more")
    async def resend_email(self, request: EmailRepeat) -> OperatorActed:
        return await self._as_operator(operators.resend_email(await self._loaded(), request))

    @resend_email.validator
    def _check_resend_email(self, request: EmailRepeat) -> None:
        self._check_operator(request)

    @workflow.update(name=FORCE_REFUND, description="Operators: refunds an amount, or all that is left")
    async def force_refund(self, request: ForcedRefund) -> OperatorActed:
        return await self._as_operator(operators.force_refund(await self._loaded(), request))

    @force_refund.validator
    def _check_force_refund(self, request: ForcedRefund) -> None:
        self._check_operator(request)

    async def _loaded(self) -> OrderState:
        await workflow.wait_condition(lambda: self._order is not None)
        if self._order is None:
            raise RuntimeError("waited for the order to be loaded")
        return self._order

    async def _as_operator(self, doing: Awaitable[OperatorActed]) -> OperatorActed:
        try:
            return await doing
        except DomainError as refusal:
            raise as_failure(refusal) from None

    def _check_operator(self, request: operators.Request) -> None:
        try:
            operators.check(self._order, self.under_way, request)
        except DomainError as refusal:
            raise as_failure(refusal) from None
