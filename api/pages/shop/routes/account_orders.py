"""The customer's orders: the list, one order, and cancelling it."""

import hashlib
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.commands import cancel_by_customer
from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, EngineDep, PageOf20
from api.pages.forms import Form, SentForm
from api.pages.shop.own_orders import read_own_order
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import AccountVisit, CustomerVisit
from api.schemas.base import PathId
from api.schemas.orders import CancelRequest, present_order
from db.queries import orders
from domain.errors import EngineUnavailable, IdempotencyKeyReused, OrderClosed, TransitionNotAllowed
from domain.lifecycle import ActorType, OrderStatus

router = page_router()

# Why a cancellation was refused, or an invoice, for the page to put in words.
_TOO_LATE, _AWAY = "too_late", "away"
NO_INVOICE = "no_invoice"


@router.get("/account/orders")
async def list_orders(visit: CustomerVisit, database: DatabaseDep, page: PageOf20) -> HTMLResponse:
    """The customer's orders, newest first."""
    async with database.reading(visit.vendor.id) as session:
        found = await orders.list_customer_orders(
            session,
            customer_id=visit.customer_id,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before=(page.cursor.created_at, page.cursor.id) if page.cursor else None,
        )
    shown = found[: page.limit]
    next_page = None
    if len(found) > page.limit:
        last = shown[-1].order
        cursor = write_cursor(Cursor(created_at=last.created_at, id=last.id))
        next_page = f"{visit.path}/account/orders?{urlencode({'cursor': cursor})}"
    return visit.page(
        "shop/orders.html",
        orders=[present_order(stored.order, stored.items, actor=ActorType.CUSTOMER) for stored in shown],
        is_first_page=page.cursor is None and page.skip == 0,
        next_page=next_page,
    )


@router.get("/account/orders/{order_id}")
async def show_order(
    order_id: PathId, visit: CustomerVisit, cancelling: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """One order: how far it is, what comes next, and what is in it."""
    return await order_page(visit, order_id, cancelling=cancelling)


@router.post("/account/orders/{order_id}/cancel")
async def cancel(
    order_id: PathId, form: SentForm, visit: CustomerVisit, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Cancel the order. Sent twice it is cancelled once; the page says so when it takes a while."""
    async with database.direct(visit.vendor.id, reading=True) as direct:
        stored = await orders.get_order(direct, order_id=order_id, customer_id=visit.customer_id)
    given = form.read(CancelRequest)
    if given is None:
        return await order_page(visit, order_id, form=form)
    if stored.order.status == OrderStatus.CANCELLED:
        return _to_order(visit, order_id)
    try:
        outcome = await cancel_by_customer(
            database,
            engine,
            order=stored.order,
            customer_id=visit.customer_id,
            reason=given.reason,
            idempotency_key=_key(given),
        )
    except (TransitionNotAllowed, OrderClosed, IdempotencyKeyReused):
        return await order_page(visit, order_id, refused=_TOO_LATE)
    except EngineUnavailable:
        return await order_page(visit, order_id, refused=_AWAY)
    return _to_order(visit, order_id, cancelling=outcome.accepted_only)


async def order_page(
    visit: AccountVisit,
    order_id: int,
    *,
    form: Form | None = None,
    cancelling: bool = False,
    refused: str | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    """The page of an order, with what was wrong with its form. Raises OrderNotFound."""
    own = await read_own_order(visit, order_id)
    if refused == _TOO_LATE and own.order.status == OrderStatus.CANCELLED:
        refused = None
    return visit.page(
        "shop/order.html",
        status_code=_status_code(form, refused),
        order=own.order,
        told=own.told,
        documents=own.documents,
        form=form or Form(),
        cancelling=cancelling,
        refused=refused,
        problem=problem,
        message_key=uuid4().hex,
    )


def _status_code(form: Form | None, refused: str | None) -> int:
    if form is not None and form.problems:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    if refused == _AWAY:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.CONFLICT if refused else HTTPStatus.OK


def _to_order(visit: AccountVisit, order_id: int, *, cancelling: bool = False) -> Response:
    return visit.redirect(f"/account/orders/{order_id}{'?cancelling=true' if cancelling else ''}")


def _key(given: CancelRequest) -> str:
    """One key for one wish, so that a form that is sent twice asks once."""
    return f"page-{hashlib.sha256((given.reason or '').encode()).hexdigest()}"
