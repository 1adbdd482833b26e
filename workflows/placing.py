"""Placing: hold the stock and store the order, open its payment, or undo whatever was done of it."""

from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.messages import CreateOrder, OpenPayment, WithdrawPlacement
from domain.errors import DomainError, OrderClosed
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus
from workflows.refusals import refusal_of
from workflows.state import OrderState
from workflows.steps import (
    CANCEL_PAYMENT,
    CREATE_ORDER,
    OPEN_PAYMENT,
    WITHDRAW_PLACEMENT,
    call,
    call_soon,
    store,
)

Undo = Callable[[OrderState, DomainError], Awaitable[None]]


async def place(order: OrderState) -> None:
    """Leave the order placed, or refused with nothing kept.

    The undo of a step is noted before the step runs, because a step that seemed to fail may have happened.
    """
    undo: list[Undo] = []
    try:
        undo.append(_withdraw)
        await _create_order(order)
        if order.payment_method == PaymentMethod.STRIPE:
            undo.append(_abandon_payment)
            await _open_payment(order)
    except FailureError as error:
        refusal = refusal_of(error)
        if refusal is None:
            order.failure = error
            refusal = OrderClosed("The order could not be placed; nothing was kept of it.")
        for step in reversed(undo):
            await step(order, refusal)
        order.refusal = refusal
        order.status = OrderStatus.CANCELLED
        order.payment_status = PaymentStatus.VOIDED
        workflow.logger.info("placement refused", extra={"code": refusal.code})
    else:
        order.placed = True
        if order.payment_method == PaymentMethod.MANUAL:
            order.mail("order_received", answer_due=order.place_asked)
            order.mail("vendor_new_order", answer_due=order.place_asked)


async def _create_order(order: OrderState) -> None:
    given = CreateOrder(order.placement, sequence=1, payment_expires_at=order.payment_deadline)
    created = await store(CREATE_ORDER, given, "hold the stock, store the order")
    order.sequence = 1
    order.order_id = created.order_id
    order.total_amount = created.total_amount
    order.currency = created.currency


async def _open_payment(order: OrderState) -> None:
    given = OpenPayment(
        order.placement,
        order.order_id,
        order.sequence + 1,
        order.total_amount,
        order.currency,
        capture_later=order.capture_later,
    )
    order.waiting_for = "Stripe to open the payment"
    opened = await call_soon(OPEN_PAYMENT, given, f"{order.total_amount:.2f} {order.currency}")
    order.sequence += 1
    order.payment_reference = opened.reference


async def _abandon_payment(order: OrderState, refusal: DomainError) -> None:
    await call(CANCEL_PAYMENT, order.payment, f"undo: {refusal.code}")


async def _withdraw(order: OrderState, refusal: DomainError) -> None:
    given = WithdrawPlacement(
        order.placement,
        code=refusal.code,
        message=refusal.message,
        fields=refusal.fields,
    )
    await store(WITHDRAW_PLACEMENT, given, f"undo: {refusal.code}")
