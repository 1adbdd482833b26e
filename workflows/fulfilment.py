"""Fulfilment: the vendor's changes of status, the waits between them, and the return window."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.messages import Actor, ChangeStatus
from domain.errors import DomainError, OrderClosed, TransitionNotAllowed
from domain.lifecycle import ActorType, CancelReason, OrderStatus, PaymentStatus, check_transition
from workflows.cancelling import cancel_order
from workflows.capturing import capture
from workflows.messages import Cancellation, OrderMoved, StatusChange
from workflows.payment import close_payment
from workflows.refusals import refusal_of
from workflows.state import OrderState
from workflows.steps import CHANGE_STATUS, COMPLETE_ORDER, store
from workflows.waiting import announce, happens, is_extended, publish, raise_attention

_MAILS = {
    OrderStatus.CONFIRMED: "order_confirmation",
    OrderStatus.SHIPPED: "order_shipped",
    OrderStatus.DELIVERED: "order_delivered",
}
_WAITS = {
    OrderStatus.CONFIRMED: "the vendor to process or ship",
    OrderStatus.PROCESSING: "the vendor to ship",
    OrderStatus.SHIPPED: "the carrier to deliver",
}


def check_change(order: OrderState, status: str, actor: Actor) -> OrderStatus:
    """The status asked for; raises the DomainError that says why it cannot be."""
    if not order.placed:
        # A status that no row has: who reads it takes it that the workflow is behind, and asks again.
        raise OrderClosed("The order is not placed.", status="placing")
    target = OrderStatus(status)
    check_transition(
        order.status,
        target,
        payment_status=order.payment_status,
        payment_method=order.payment_method,
        actor=ActorType(actor.type),
    )
    return target


async def change_status(order: OrderState, change: StatusChange) -> OrderMoved:
    """Apply a change of status under the order's lock; setting the present status again changes nothing."""
    async with order.lock:
        if order.placed and change.status == order.status:
            return OrderMoved(False, order.status, order.payment_status)
        target = check_change(order, change.status, change.actor)
        if target == OrderStatus.CANCELLED:
            reason = CancelReason.VENDOR if change.actor.type == ActorType.VENDOR else CancelReason.OTHER
            await _cancel(order, Cancellation(reason, change.actor, change.command_id))
        else:
            await _move(order, target, change)
        return OrderMoved(True, order.status, order.payment_status)


async def cancel(order: OrderState, request: Cancellation) -> OrderMoved:
    """Cancel under the order's lock; an order that is cancelled already stays as it is."""
    async with order.lock:
        if order.status == OrderStatus.CANCELLED:
            return OrderMoved(False, order.status, order.payment_status)
        check_change(order, OrderStatus.CANCELLED, request.actor)
        await _cancel(order, request)
        return OrderMoved(True, order.status, order.payment_status)


async def _cancel(order: OrderState, request: Cancellation) -> None:
    if not await close_payment(order, "cancellation"):
        raise TransitionNotAllowed(
            "A payment for this order is under way; try again once it is through.",
            status=str(order.status),
            requested=str(OrderStatus.CANCELLED),
            next_statuses=[],
        )
    await cancel_order(
        order,
        CancelReason(request.reason),
        request.actor,
        command_id=request.command_id,
        restock=request.restock,
        notify_customer=request.notify_customer,
    )


async def _move(order: OrderState, target: OrderStatus, change: StatusChange) -> None:
    if target == OrderStatus.SHIPPED:
        await capture(order, change.actor)
    given = ChangeStatus(
        order.next_event, change.actor, target, change.command_id, stock_released=order.stock_released
    )
    try:
        changed = await store(CHANGE_STATUS, given, f"{order.status} → {target}")
    except FailureError as error:
        raise refusal_of(error) or error from None
    order.sequence = changed.sequence
    order.status = target
    order.payment_status = PaymentStatus(changed.payment_status)
    order.attention = None
    if target in _MAILS:
        order.mail(_MAILS[target])


async def fulfil(order: OrderState) -> None:
    """Return once the order is delivered or cancelled; one that rests too long is put before an operator."""
    while order.status not in (OrderStatus.DELIVERED, OrderStatus.CANCELLED):
        stage = order.status
        policy = order.input.policy
        window = timedelta(
            seconds=policy.delivery_window if stage == OrderStatus.SHIPPED else policy.fulfilment_window
        )
        announce(order, _WAITS[stage], workflow.now() + window)
        moved = await _within(order, lambda stage=stage: _moved(order, stage), window, _name(stage))  # type: ignore[misc]  # mypy knows no defaults of lambdas
        if order.stop_requested:
            await _stop(order)
        elif not moved:
            await _rest(order, stage, window)


def _name(stage: OrderStatus) -> str:
    return f"{stage}: time for {_WAITS[stage]}"


def _moved(order: OrderState, stage: OrderStatus) -> bool:
    return order.status != stage or order.stop_requested


async def _within(order: OrderState, condition: Callable[[], bool], window: timedelta, name: str) -> bool:
    """Wait for a condition within a window that an operator may extend; False when the time is up first."""
    happened = await happens(condition, within=window, name=name)
    while not happened and is_extended(order) and order.extended_until is not None:
        happened = await happens(condition, within=order.extended_until - workflow.now(), name=name)
    return happened


async def _rest(order: OrderState, stage: OrderStatus, window: timedelta) -> None:
    """Return once an order moves that rested too long; an operator is told, and may give it more time."""
    complaint = f"{stage} for {window.days} days"
    while not _moved(order, stage):
        raise_attention(order, complaint)
        await workflow.wait_condition(lambda: _moved(order, stage) or is_extended(order))
        await _within(order, lambda: _moved(order, stage), timedelta(0), _name(stage))
        complaint = f"{stage} past the deadline that an operator gave it"


async def _stop(order: OrderState) -> None:
    """An operator's cancel request cancels what can be cancelled and is otherwise noted and passed over."""
    order.stop_requested = False
    actor = Actor(ActorType.SYSTEM, cause="operator")
    try:
        await cancel(order, Cancellation(CancelReason.OTHER, actor))
    except DomainError as refusal:
        order.last_error = refusal.message
        publish(order)


async def accept_returns(order: OrderState) -> None:
    """Stay reachable for refunds until the return window closes, then complete the order."""
    window = timedelta(seconds=order.input.policy.return_window)
    announce(order, "the return window to close", workflow.now() + window)
    while not order.completed:
        await _within(order, lambda: order.stop_requested, window, "return window")
        async with order.lock:
            if is_extended(order) and not order.stop_requested:
                window = timedelta(0)
                continue
            order.stop_requested = False
            completed = await store(COMPLETE_ORDER, order.next_event, "completed")
            order.sequence = completed.sequence
            order.completed = True
