"""Bulk changes on the desk: choosing what orders become, starting a job, and following it."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.bulk_changes import BulkCommand, move_bulk_change, start_bulk_change
from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, EngineDep, PageOf50
from api.pages.desk import wording
from api.pages.desk.bulk import Choice, ChosenOrders, look_at
from api.pages.desk.form_keys import command_key, kept_key
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.rendering import language_of
from api.pages.wording import LABELS, explain_problem
from api.schemas.base import PathId
from api.schemas.bulk import BulkResultAnswer, BulkStatusRequest, ResultKind, present_job, present_result
from db.queries import bulk_jobs
from db.queries.order_filters import OrderFilter
from domain.bulk import MOST_ORDERS, BulkState
from domain.carriers import CARRIERS
from domain.errors import BulkJobOver, DomainError, EngineUnavailable, NoOrdersMatch, TooManyOrders

_PAGE = 50
# A job that is not begun by then needs somebody to begin it.
_SOON = timedelta(seconds=10)
_Move = Literal["pause", "resume", "cancel"]
_MOVES: dict[_Move, BulkState] = {
    "pause": BulkState.PAUSED,
    "resume": BulkState.RUNNING,
    "cancel": BulkState.CANCELLED,
}

router = desk_router()


@router.post("/bulk/new")
async def choose(form: SentForm, visit: Staff) -> Response:
    """From the table: the chosen orders, or all that its filter matches, become the next page's address."""
    if form.get("everything") == "true":
        said = parse_qsl(form.get("query").removeprefix("?"))
        # What is ordered from here on is not part of it.
        query = [*said, ("everything", "true"), ("before", datetime.now(UTC).isoformat())]
        return visit.redirect(f"/bulk/new?{urlencode(query)}")
    chosen = [number for number in form.chosen.get("order_id", []) if number.isdecimal()]
    query = [("orders", ",".join(dict.fromkeys(chosen)))] if chosen else []
    return visit.redirect(f"/bulk/new?{urlencode(query, safe=',')}")


@router.get("/bulk/new")
async def show_choice(
    visit: Staff, choice: ChosenOrders, to: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    """What the chosen orders can become, and with `to` what that means for them."""
    return await _choice_page(visit, choice, Form({"status": to}))


@router.post("/bulk")
async def start(
    form: SentForm, visit: Staff, choice: ChosenOrders, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Start the job; sent again it is the same one."""
    orders = choice.orders
    ids = None if isinstance(orders, OrderFilter) else list(orders)
    if ids == []:
        return visit.redirect("/bulk/new")
    given = form.read(BulkStatusRequest, everything=ids is None, order_ids=ids)
    if given is None:
        return await _choice_page(visit, choice, form)
    said = {"status": given.status, "carrier": given.kept_carrier, "notes": given.notes}
    wanted = BulkCommand(
        vendor_id=visit.vendor.id,
        user_id=visit.user.id,
        chosen=orders,
        status=given.status,
        carrier=given.kept_carrier,
        notes=given.notes or None,
        idempotency_key=command_key(form, {"choice": choice.query, **said}),
    )
    try:
        job_id, _ = await start_bulk_change(database, engine, wanted)
    except (TooManyOrders, NoOrdersMatch, EngineUnavailable) as refused:
        return await _choice_page(visit, choice, form, refused)
    return visit.redirect(f"/bulk/{job_id}")


@router.get("/bulk")
async def list_jobs(visit: Staff, page: PageOf50, database: DatabaseDep) -> HTMLResponse:
    """The shop's jobs, newest first."""
    async with database.reading(visit.vendor.id) as session:
        found = await bulk_jobs.list_jobs(
            session,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before=(page.cursor.created_at, page.cursor.id) if page.cursor else None,
        )
    shown = found[: page.limit]
    next_page = None
    if len(found) > page.limit:
        last = shown[-1].job
        cursor = write_cursor(Cursor(created_at=last.created_at, id=last.id))
        next_page = f"{visit.path}/bulk?{urlencode({'cursor': cursor})}"
    return visit.page(
        "desk/bulk/list.html",
        jobs=[present_job(stored) for stored in shown],
        next_page=next_page,
        words=wording,
    )


@router.get("/bulk/{job_id}")
async def show_job(
    job_id: PathId,
    visit: Staff,
    outcome: Annotated[ResultKind | None, Query()] = None,
    skip: Annotated[int, Query(ge=0, le=MOST_ORDERS)] = 0,
) -> HTMLResponse:
    """How far a job is, and what became of its orders: what needs a look first."""
    return await _job_page(visit, job_id, outcome=outcome, skip=skip)


@router.post("/bulk/{job_id}/{move}", dependencies=[from_our_page])
async def move(
    job_id: PathId, move: _Move, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Let a job rest, go on, or end. One that is over meanwhile is shown as it is."""
    try:
        await move_bulk_change(database, engine, vendor_id=visit.vendor.id, job_id=job_id, wish=_MOVES[move])
    except EngineUnavailable:
        return await _job_page(visit, job_id, away=True)
    except BulkJobOver:
        pass
    return visit.redirect(f"/bulk/{job_id}")


async def _choice_page(
    visit: StaffVisit, choice: Choice, form: Form, refused: DomainError | None = None
) -> HTMLResponse:
    chosen = await look_at(visit, choice)
    status_code = HTTPStatus.OK
    if form.problems or refused is not None:
        away = isinstance(refused, EngineUnavailable)
        status_code = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.UNPROCESSABLE_ENTITY
    return visit.page(
        "desk/bulk/new.html",
        status_code=status_code,
        choice=choice,
        chosen=chosen,
        prospect=chosen.prospect(form.get("status")),
        most=MOST_ORDERS,
        form=form,
        key=kept_key(form),
        words=wording,
        carriers=CARRIERS,
        away=isinstance(refused, EngineUnavailable),
        problem=None if refused is None else visit.explain(refused),
    )


async def _job_page(
    visit: StaffVisit, job_id: int, *, outcome: ResultKind | None = None, skip: int = 0, away: bool = False
) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        stored = await bulk_jobs.get_job(session, job_id=job_id)
        found = await bulk_jobs.list_job_orders(
            session,
            job_id=job_id,
            outcomes=[] if outcome is None else [outcome.outcome],
            needing_a_look_first=True,
            skip=skip,
            limit=_PAGE + 1,
        )
        left = await bulk_jobs.ids_to_try_again(session, job_id=job_id)
    job = present_job(stored)
    results = [present_result(result) for result in found[:_PAGE]]
    chosen = {} if outcome is None else {"outcome": str(outcome)}
    next_page = None
    if len(found) > _PAGE:
        next_page = f"{visit.path}/bulk/{job_id}?{urlencode({**chosen, 'skip': skip + _PAGE})}"
    return visit.page(
        "desk/bulk/job.html",
        status_code=HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.OK,
        job=job,
        over=job.finished_at is not None,
        stalled=job.state == BulkState.WAITING and datetime.now(UTC) - job.created_at > _SOON,
        left=len(left),
        tabs=[kind for kind in ResultKind if getattr(job, kind) > 0],
        counts={kind: getattr(job, kind) for kind in ResultKind},
        outcome=outcome,
        results=results,
        reasons={result.order_id: _reason(visit, result) for result in results},
        next_page=next_page,
        words=wording,
        away=away,
    )


def _reason(visit: StaffVisit, result: BulkResultAnswer) -> str | None:
    """Why an order was not changed, in the visitor's language."""
    if result.code is None:
        return None
    language = language_of(visit.request)
    fields = dict(result.fields)
    for name in ("status", "requested"):
        if name in fields:
            label = LABELS.get(str(fields[name]), str(fields[name]))
            fields[name] = language.translations.gettext(label)
    code = wording.BULK_REASONS.get(result.code)
    if code is not None:
        try:
            return language.translations.gettext(code) % fields
        except KeyError:
            return result.message
    return explain_problem(result.code, fields, language) or result.message
