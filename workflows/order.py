"""One order, from the click on "Place order" to the end of its return window."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.messages import RefuseCommand
    from domain.errors import DomainError, OrderClosed, TransitionNotAllowed
    from domain.lifecycle import OrderStatus, PaymentStatus
    from workflows.capturing import follow_authorization
    from workflows.disputes import follow_reversals, hear_of_reversal, reversals_due
    from workflows.fulfilment import accept_returns, cancel, change_status, check_change, fulfil
    from workflows.mailing import send_mail
    from workflows.messages import (
        ATTENTION,
        CANCEL,
        CATCHING_UP,
        CHANGE_STATUS,
        CHANGE_STATUS_LATER,
        ORDER_WORKFLOW,
        PAYMENT_CHANGED,
        PAYMENT_REVERSED,
        PLACE,
        REFUND,
        Attention,
        Cancellation,
        OrderInput,
        OrderMoved,
        OrderResult,
        PaymentNotice,
        Placed,
        RefundRequest,
        RefundRequested,
        StatusChange,
    )
    from workflows.operator_updates import OperatorUpdates
    from workflows.payment import collect_payment
    from workflows.placing import place
    from workflows.refunding import check_refundable, look_again, request_refund, send_refunds
    from workflows.refusals import as_failure
    from workflows.state import OrderState
    from workflows.steps import REFUSE_COMMAND, store
    from workflows.under_way import StepsUnderWay
    from workflows.waiting import announce, take_in_findings


@workflow.defn(name=ORDER_WORKFLOW)
class OrderWorkflow(OperatorUpdates):
    """Reserves, takes the payment, follows the vendor's statuses, and undoes what it did when it has to.

    Ends as Completed whatever becomes of the order; Failed is kept for what a human must look at.
    """

    @workflow.init
    def __init__(self, given: OrderInput) -> None:
        window = timedelta(seconds=given.policy.payment_window)
        deadline = workflow.now() + window
        self._order = OrderState(given, payment_deadline=deadline)
        self.under_way = StepsUnderWay()
        self._told: set[int] = set()
        # As the API started it, which cost no event.
        self._order.published = (OrderStatus.PENDING, PaymentStatus.PENDING, deadline, False)

    @workflow.run
    async def run(self, given: OrderInput) -> OrderResult:  # noqa: ARG002 -- Temporal hands it to both
        life = asyncio.create_task(self._live())
        beside = [
            asyncio.create_task(task(self._order))
            for task in (send_refunds, send_mail, follow_reversals, follow_authorization)
        ]
        await self._until_done(life)
        if self._order.open_disputes:
            announce(self._order, "the bank to decide the dispute", None)
        await workflow.wait_condition(lambda: self._nothing_under_way(beside))
        for task in beside:
            if task.done():
                task.result()
        announce(self._order, "nothing any more", None)
        if self._order.failure is not None:
            raise self._order.failure
        return self._result()

    async def _live(self) -> None:
        """The order's story; what cannot go on is kept, so that everybody who waits is answered first."""
        try:
            await self._story()
        except FailureError as error:
            self._order.failure = error
            if not self._order.placed and self._order.refusal is None:
                self._order.refusal = OrderClosed(
                    "The order could not be placed; an operator will look at it."
                )

    async def _story(self) -> None:
        order = self._order
        await place(order)
        if not order.placed:
            return
        await collect_payment(order)
        await fulfil(order)
        if order.status != OrderStatus.CANCELLED:
            await accept_returns(order)

    def _nothing_under_way(self, beside: "list[asyncio.Task[None]]") -> bool:
        """Whether refunds, disputes and e-mails are through, or something beside the main line broke off."""
        order = self._order
        waiting = order.refunds or order.outbox or order.open_disputes or reversals_due(order)
        through = not waiting or any(task.done() for task in beside)
        return through and workflow.all_handlers_finished()

    async def _until_done(self, life: asyncio.Task[None]) -> None:
        """A cancel request from an operator becomes a wish that the story meets at its next wait.

        It interrupts no step, so what was done and what is remembered stay the same.
        """
        while not life.done():
            try:
                await asyncio.shield(life)
            except asyncio.CancelledError:
                self._order.stop_requested = True
        life.result()

    def _result(self) -> OrderResult:
        order = self._order
        if order.refusal is not None:
            return OrderResult("refused", order.status, order.payment_status, order.refusal.code)
        outcome = "cancelled" if order.status == OrderStatus.CANCELLED else "completed"
        return OrderResult(outcome, order.status, order.payment_status)

    @workflow.update(name=PLACE, description="Answers once the order is placed, or why it is not")
    async def place(self) -> Placed:
        order = self._order
        order.place_asked = True
        await workflow.wait_condition(lambda: order.placed or order.refusal is not None)
        if order.refusal is not None:
            raise as_failure(order.refusal)
        return Placed(order.order_id, payment_opened=order.payment_reference is not None)

    @workflow.update(name=CHANGE_STATUS, description="Moves the order to another status")
    async def change_status(self, change: StatusChange) -> OrderMoved:
        try:
            return await change_status(self._order, change)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @change_status.validator
    def _check_change_status(self, change: StatusChange) -> None:
        if change.status != self._order.status:
            self._refuse_early(change.status, change)

    @workflow.update(name=CANCEL, description="Cancels the order, releases its stock, refunds it")
    async def cancel(self, request: Cancellation) -> OrderMoved:
        try:
            return await cancel(self._order, request)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @cancel.validator
    def _check_cancel(self, request: Cancellation) -> None:
        if self._order.status != OrderStatus.CANCELLED:
            self._refuse_early(OrderStatus.CANCELLED, request)

    def _refuse_early(self, status: str, message: StatusChange | Cancellation) -> None:
        if self._order.lock.locked():
            return  # the order is about to be another: what is asked is judged once it is
        try:
            check_change(self._order, status, message.actor)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @workflow.signal(name=CHANGE_STATUS_LATER, description="Moves the order; nobody waits for it")
    async def change_status_later(self, change: StatusChange) -> None:
        if self._heard_before(change):
            return
        for pause in (*CATCHING_UP, None):
            try:
                await change_status(self._order, change)
            except DomainError as refusal:
                if await self._keep_refusal(change, refusal, for_good=pause is None) or pause is None:
                    return
            else:
                return
            await workflow.sleep(pause, summary="for what the last step has stored")

    def _heard_before(self, change: StatusChange) -> bool:
        """Whether this command came already: who is not sure to have told the order tells it again."""
        if change.command_id is None:
            return False
        if change.command_id in self._told:
            return workflow.patched("a-command-counts-once")
        self._told.add(change.command_id)
        return False

    async def _keep_refusal(self, change: StatusChange, refusal: DomainError, *, for_good: bool) -> bool:
        """Whether it was kept: who acts on what the rows say is not refused for a status of before."""
        if change.command_id is None:
            workflow.logger.warning("status change refused", extra={"code": refusal.code})
            return True
        given = RefuseCommand(
            self._order.input.vendor_id,
            change.command_id,
            refusal.code,
            refusal.message,
            refusal.fields,
            unless_behind=not for_good,
        )
        return await store(REFUSE_COMMAND, given, f"refused: {refusal.code}") is not False

    @workflow.signal(name=PAYMENT_CHANGED, description="Stripe has news; the order asks for them")
    def payment_changed(self, notice: PaymentNotice) -> None:
        self._order.notices.append(notice)
        if self._order.settled_refunds and not self._order.refunds:
            look_again(self._order)

    @workflow.signal(name=PAYMENT_REVERSED, description="Stripe has news of refunds or disputes")
    def payment_reversed(self, notice: PaymentNotice) -> None:
        hear_of_reversal(self._order, notice)

    @workflow.signal(name=ATTENTION, description="What reconciliation found wrong with the order")
    def attention(self, found: Attention) -> None:
        take_in_findings(self._order, found.codes)

    @workflow.update(name=REFUND, description="Refunds an amount, pieces, or all that is left")
    async def refund(self, request: RefundRequest) -> RefundRequested:
        try:
            return await request_refund(self._order, request)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @refund.validator
    def _check_refund(self, request: RefundRequest) -> None:  # noqa: ARG002 -- the update's signature
        try:
            check_refundable(self._order)
        except DomainError as refusal:
            raise as_failure(refusal) from None

    @workflow.update(name="retry_refund", description="Sends a failed refund again")
    def retry_refund(self) -> None:
        self._order.refund_retry_requested = True

    @retry_refund.validator
    def _check_retry_refund(self) -> None:
        if self._order.refund_failed_since is None:
            raise as_failure(TransitionNotAllowed("No refund of this order has failed."))
