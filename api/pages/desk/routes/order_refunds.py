"""The dialog that gives money back, and says beforehand how much that is."""

from http import HTTPStatus

import structlog
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep, EngineDep
from api.engine_failures import EngineSlow
from api.pages.desk import wording
from api.pages.desk.form_keys import command_key, kept_key, new_key
from api.pages.desk.refund_forms import RefundStanding, kind_of, read_refund, read_standing
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.refunding import refund_order
from api.schemas.base import PathId
from db.queries import order_commands
from db.session import Database
from domain.errors import Conflict, DomainError, EngineUnavailable, Invalid
from domain.lifecycle import ActorType

router = desk_router()
# A preview needs no reason yet.
_UNSAID = "-"


@router.get("/orders/{order_id}/refunds")
async def show_refund_form(order_id: PathId, visit: Staff) -> HTMLResponse:
    """What may go back of the order."""
    return _form_page(visit, await read_standing(visit, order_id, None), Form())


@router.post("/orders/{order_id}/refunds/preview")
async def preview(order_id: PathId, form: SentForm, visit: Staff) -> HTMLResponse:
    """The form as it is typed, with what it comes to; nothing is refunded."""
    wish = read_refund(form, reason=_UNSAID)
    # What is not complete yet is not wrong yet.
    form.problems.clear()
    standing = await read_standing(visit, order_id, wish)
    return _form_page(visit, standing, form, key=kept_key(form))


@router.post("/orders/{order_id}/refunds")
async def refund(
    order_id: PathId, form: SentForm, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Give back what the form showed last; where it comes to something else by now, it is shown first.

    Sent twice it is given back once.
    """
    wish = read_refund(form)
    standing = await read_standing(visit, order_id, wish)
    order = standing.stored.order
    structlog.contextvars.bind_contextvars(order_number=order.order_number)
    if wish is None:
        return _form_page(
            visit, standing, form, key=kept_key(form), status_code=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    body = wish.body()
    key = command_key(form, body)
    shown = standing.wanted is not None and form.get("expected") == str(standing.wanted.amount)
    # What was asked for before has its answer, whatever is left now.
    if not shown and not await _is_known(visit, database, order_id, key):
        confirm = standing.wanted is not None
        return _form_page(visit, standing, form, confirm=confirm, status_code=HTTPStatus.CONFLICT)
    try:
        await refund_order(
            database,
            engine,
            order=order,
            vendor_code=visit.vendor.vendor_code,
            user_id=visit.user.id,
            body=body,
            idempotency_key=key,
        )
    except EngineSlow:
        return visit.redirect(f"/orders/{order_id}?asked=true")
    except (Conflict, Invalid) as refused:
        standing = await read_standing(visit, order_id, wish)
        return _form_page(visit, standing, form, problem=refused, status_code=HTTPStatus.CONFLICT)
    except EngineUnavailable:
        return _form_page(
            visit,
            standing,
            form,
            key=kept_key(form),
            away=True,
            status_code=HTTPStatus.SERVICE_UNAVAILABLE,
        )
    return visit.redirect(f"/orders/{order_id}")


async def _is_known(visit: StaffVisit, database: Database, order_id: int, key: str) -> bool:
    async with database.reading(visit.vendor.id) as session:
        return await order_commands.is_known(
            session,
            order_id=order_id,
            actor_type=ActorType.VENDOR,
            actor_id=visit.user.id,
            idempotency_key=key,
        )


def _form_page(
    visit: StaffVisit,
    standing: RefundStanding,
    form: Form,
    *,
    key: str | None = None,
    problem: DomainError | None = None,
    confirm: bool = False,
    away: bool = False,
    status_code: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """The form as it was typed, what it comes to, and what is wrong with it."""
    refused = problem or standing.refused
    return visit.page(
        "desk/order/refund.html",
        status_code=status_code,
        order=standing.order,
        standing=standing,
        kind=kind_of(form),
        form=form,
        key=key or new_key(),
        problem=visit.explain(refused) if refused else None,
        confirm=confirm,
        away=away,
        words=wording,
    )
