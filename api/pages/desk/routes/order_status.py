"""The dialog that moves an order on, or cancels it: a page of its own, which scripts show in place."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.cancellations import CancelCommand, cancel_by_vendor
from api.commands import Outcome
from api.dependencies import EngineDep
from api.engine import Engine
from api.pages.desk import wording
from api.pages.desk.form_keys import command_key, kept_key, new_key
from api.pages.desk.orders import OrderMoney, order_money
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.schemas.base import PathId
from api.schemas.vendor_orders import (
    CancellationRequest,
    StatusRequest,
    VendorOrderAnswer,
    present_vendor_order,
)
from api.status_changes import StatusCommand, change_status
from db.queries import order_lists, order_timeline, orders
from db.queries.order_lists import VendorOrder
from db.queries.order_timeline import LoggedEvent
from db.queries.waits import get_waits
from domain.carriers import CARRIERS
from domain.errors import CaptureFailed, DomainError, EngineUnavailable, OrderClosed, TransitionNotAllowed
from domain.lifecycle import OrderStatus

router = desk_router()


@dataclass(frozen=True)
class _Standing:
    """An order as it is now; `moved` is the change that brought it there."""

    stored: VendorOrder
    order: VendorOrderAnswer
    money: OrderMoney
    return_window: int
    moved: LoggedEvent | None


@router.get("/orders/{order_id}/status")
async def show_status_form(
    order_id: PathId, visit: Staff, to: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    """What the order may become now; only `to`, where that is one of it."""
    return _form_page(visit, await _read(visit, order_id), Form({"status": to}))


@router.post("/orders/{order_id}/status")
async def change(order_id: PathId, form: SentForm, visit: Staff, engine: EngineDep) -> Response:
    """Move the order. Sent twice it is moved once; an order that moved meanwhile is shown as it is now."""
    standing = await _read(visit, order_id)
    structlog.contextvars.bind_contextvars(order_number=standing.order.order_number)
    if _moved_unseen(standing, form):
        return _form_page(visit, standing, form, overtaken=True)
    cancels = form.get("status") == OrderStatus.CANCELLED
    command = _cancellation(visit, standing, form) if cancels else _status_change(visit, standing, form)
    if command is None:
        return _form_page(visit, standing, form, key=kept_key(form))
    try:
        outcome = await _carry_out(visit, engine, command)
    except (TransitionNotAllowed, OrderClosed, CaptureFailed) as refused:
        return _form_page(visit, await _read(visit, order_id), form, refused=refused)
    except EngineUnavailable as away:
        return _form_page(visit, standing, form, refused=away, key=kept_key(form))
    if not outcome.changed:
        return _form_page(visit, await _read(visit, order_id), form, overtaken=True)
    return visit.redirect(f"/orders/{order_id}{'?asked=true' if outcome.accepted_only else ''}")


def _moved_unseen(standing: _Standing, form: Form) -> bool:
    """Whether somebody decided by a status that is no more; it may mean something else now.

    A form that is sent twice finds what it wanted, and is answered as it was.
    """
    now = standing.order.status
    return form.get("seen") not in {"", now} and form.get("status") != now


def _status_change(visit: StaffVisit, standing: _Standing, form: Form) -> StatusCommand | None:
    given = form.read(StatusRequest)
    if given is None:
        return None
    body = given.body()
    return StatusCommand(standing.stored.order, given.status, visit.user.id, body, command_key(form, body))


def _cancellation(visit: StaffVisit, standing: _Standing, form: Form) -> CancelCommand | None:
    given = form.read(
        CancellationRequest,
        restock="restock" in form.values,
        notify_customer="notify_customer" in form.values,
    )
    if given is None:
        return None
    body = given.body()
    return CancelCommand(
        order=standing.stored.order,
        user_id=visit.user.id,
        reason=given.reason,
        restock=given.restock,
        notify_customer=given.notify_customer,
        body=body,
        idempotency_key=command_key(form, body),
    )


async def _carry_out(visit: StaffVisit, engine: Engine, command: StatusCommand | CancelCommand) -> Outcome:
    database = visit.context.database
    if isinstance(command, CancelCommand):
        return await cancel_by_vendor(database, engine, command)
    return await change_status(database, engine, command)


async def _read(visit: StaffVisit, order_id: int) -> _Standing:
    async with visit.context.database.direct(visit.vendor.id, reading=True) as direct:
        stored = await order_lists.get_vendor_order(direct, order_id=order_id)
        payment = await orders.get_payment(direct, order_id=order_id)
        waits = await get_waits(direct, order_id=order_id)
        events = await order_timeline.list_events(direct, order_id=order_id)
    moves = [logged for logged in events if logged.event.to_status is not None]
    return _Standing(
        stored,
        present_vendor_order(stored),
        order_money(stored.order, payment),
        waits.return_window,
        moves[-1] if moves else None,
    )


def _form_page(
    visit: StaffVisit,
    standing: _Standing,
    form: Form,
    *,
    refused: DomainError | None = None,
    overtaken: bool = False,
    key: str | None = None,
) -> HTMLResponse:
    """The form as it was typed, for what is possible now, and what was wrong with it."""
    order = standing.order
    seen = form.get("seen")
    wanted = form.get("status")
    return visit.page(
        "desk/order/status.html",
        status_code=_status_code(form, refused, overtaken=overtaken),
        order=order,
        money=standing.money,
        return_window=standing.return_window,
        moved=standing.moved if overtaken or (refused and seen and seen != order.status) else None,
        problem=visit.explain(refused) if refused else None,
        away=isinstance(refused, EngineUnavailable),
        wanted=wanted if wanted in order.next_statuses else None,
        form=form,
        key=key or new_key(),
        carriers=CARRIERS,
        words=wording,
    )


def _status_code(form: Form, refused: DomainError | None, *, overtaken: bool) -> HTTPStatus:
    if isinstance(refused, EngineUnavailable):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if refused or overtaken:
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.problems else HTTPStatus.OK
