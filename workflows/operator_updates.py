"""The updates that operators send to an order, in the Temporal UI or by its client."""

from collections.abc import Awaitable

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.errors import DomainError
    from workflows import operators
    from workflows.operator_messages import (
        EXTEND_DEADLINE,
        FORCE_REFUND,
        RELEASE_STOCK,
        RESEND_EMAIL,
        RETRY_STEP,
        DeadlineExtension,
        EmailRepeat,
        ForcedRefund,
        OperatorActed,
        StepRetry,
        StockRelease,
    )
    from workflows.refusals import as_failure
    from workflows.state import OrderState
    from workflows.under_way import StepsUnderWay


class OperatorUpdates:
    """The part of the order's workflow that answers them; each waits until it is done, or refused."""

    _order: OrderState
    under_way: StepsUnderWay

    @workflow.update(name=RETRY_STEP, description="Operators: tries what is backing off now")
    async def retry_step(self, request: StepRetry) -> OperatorActed:
        return await self._as_operator(operators.retry_step(self._order, self.under_way, request))

    @retry_step.validator
    def _check_retry_step(self, request: StepRetry) -> None:
        self._check_operator(request)

    @workflow.update(name=EXTEND_DEADLINE, description="Operators: puts off what the order waits for")
    async def extend_deadline(self, request: DeadlineExtension) -> OperatorActed:
        return await self._as_operator(operators.extend_deadline(self._order, request))

    @extend_deadline.validator
    def _check_extend_deadline(self, request: DeadlineExtension) -> None:
        self._check_operator(request)

    @workflow.update(name=RELEASE_STOCK, description="Operators: gives back what the order holds")
    async def release_stock(self, request: StockRelease) -> OperatorActed:
        return await self._as_operator(operators.release_stock(self._order, request))

    @release_stock.validator
    def _check_release_stock(self, request: StockRelease) -> None:
        self._check_operator(request)

    @workflow.update(name=RESEND_EMAIL, description="Operators: sends an e-mail of the order once more")
    async def resend_email(self, request: EmailRepeat) -> OperatorActed:
        return await self._as_operator(operators.resend_email(self._order, request))

    @resend_email.validator
    def _check_resend_email(self, request: EmailRepeat) -> None:
        self._check_operator(request)

    @workflow.update(name=FORCE_REFUND, description="Operators: refunds an amount, or all that is left")
    async def force_refund(self, request: ForcedRefund) -> OperatorActed:
        return await self._as_operator(operators.force_refund(self._order, request))

    @force_refund.validator
    def _check_force_refund(self, request: ForcedRefund) -> None:
        self._check_operator(request)

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
