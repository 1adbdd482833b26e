"""Products from a file: sending it, looking at what it would do, deciding, and what became of it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.cookies import CSRF_HEADER, check_csrf
from api.cursors import Cursor, write_cursor
from api.dependencies import DatabaseDep, EngineDep, PageOf20, SettingsDep
from api.importing import decide, start_check, store_file
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import SentForm, from_our_page
from api.pages.wording import IMPORT_COLUMNS, IMPORT_STATES, ROW_PROBLEMS, UNREADABLE_FILES
from api.schemas.base import PathId
from api.uploads import SentFile, read_file
from db.queries import product_imports
from domain.errors import EngineUnavailable, ImportHasWrongRows, ImportNotReady
from domain.product_files import COLUMNS, MOST_BYTES, MOST_ROWS
from workflows.product_import_messages import ImportDecision

router = desk_router()
_SHOWN = 10


async def _sent(request: Request, visit: Staff, settings: SettingsDep) -> SentFile:
    """The file of a form of ours; who sends it is known before it is read."""
    sent = await read_file(request)
    check_csrf(request, settings, visit.realm, sent.csrf_token or request.headers.get(CSRF_HEADER))
    return sent


@router.get("/products/imports")
async def list_imports(visit: Staff, page: PageOf20) -> HTMLResponse:
    """The form to send a file, and every import so far."""
    return await _list_page(visit, page.cursor)


@router.post("/products/imports")
async def send_file(
    visit: Staff, database: DatabaseDep, engine: EngineDep, sent: Annotated[SentFile, Depends(_sent)]
) -> Response:
    """Keep the file and have it checked; its page shows how that goes."""
    if not sent.content:
        return await _list_page(visit, None, empty=True)
    entry = await store_file(database, vendor_id=visit.vendor.id, user_id=visit.user.id, sent=sent)
    try:
        await start_check(engine, vendor_id=visit.vendor.id, import_id=entry.id)
    except EngineUnavailable:
        # The file is kept: its page says that it waits, and has it checked when asked again.
        return visit.redirect(f"/products/imports/{entry.id}?waiting=true")
    return visit.redirect(f"/products/imports/{entry.id}")


@router.get("/products/imports/{import_id}")
async def show_import(
    import_id: PathId, visit: Staff, waiting: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """How far an import is, what it would do, or what it did."""
    return await _page(visit, import_id, waiting=waiting)


@router.post("/products/imports/{import_id}/check", dependencies=[from_our_page])
async def check_again(import_id: PathId, visit: Staff, engine: EngineDep) -> Response:
    """Have a file checked whose check never began."""
    async with visit.context.database.reading(visit.vendor.id) as session:
        await product_imports.get_import(session, import_id=import_id)
    try:
        await start_check(engine, vendor_id=visit.vendor.id, import_id=import_id)
    except EngineUnavailable:
        return visit.redirect(f"/products/imports/{import_id}?waiting=true")
    return visit.redirect(f"/products/imports/{import_id}")


@router.post("/products/imports/{import_id}/decision")
async def decide_on_import(
    import_id: PathId, form: SentForm, visit: Staff, database: DatabaseDep, engine: EngineDep
) -> Response:
    """Apply, check anew or discard; the page then shows what became of it."""
    decision = ImportDecision(form.get("decision"), visit.user.id, bool(form.get("leave_out_wrong")))
    try:
        await decide(database, engine, vendor_id=visit.vendor.id, import_id=import_id, decision=decision)
    except ImportHasWrongRows as refused:
        return await _page(visit, import_id, problem=visit.explain(refused), status_code=409)
    except ImportNotReady:
        # Decided already, here or by somebody else: the page shows how.
        pass
    return visit.redirect(f"/products/imports/{import_id}")


async def _list_page(visit: StaffVisit, cursor: Cursor | None, *, empty: bool = False) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        found = await product_imports.list_imports(session, limit=21, before_id=cursor.id if cursor else None)
    imports, next_page = found[:20], None
    if len(found) > len(imports):
        last = imports[-1].entry
        place = write_cursor(Cursor(created_at=last.created_at, id=last.id))
        next_page = f"{visit.path}/products/imports?{urlencode({'cursor': place})}"
    return visit.page(
        "desk/products/imports.html",
        status_code=422 if empty else 200,
        imports=imports,
        states=IMPORT_STATES,
        columns=[(name, IMPORT_COLUMNS[name]) for name in COLUMNS],
        empty=empty,
        most_bytes=MOST_BYTES,
        most_rows=MOST_ROWS,
        next_page=next_page,
    )


async def _page(
    visit: StaffVisit,
    import_id: int,
    *,
    problem: str | None = None,
    waiting: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        named = await product_imports.get_named_import(session, import_id=import_id)
        has_rows = named.entry.state not in {"uploaded", "refused"} and named.entry.cleaned_at is None
        rows = {
            kind: await product_imports.first_rows(session, import_id=import_id, kind=kind, limit=_SHOWN)
            for kind in ("wrong", "changed", "new")
            if has_rows
        }
        moved = 0
        if named.entry.state == "checked":
            moved = await product_imports.moved_since_checked(session, import_id=import_id)
    return visit.page(
        "desk/products/import.html",
        status_code=status_code,
        named=named,
        entry=named.entry,
        rows=rows,
        moved=moved,
        problem=problem,
        waiting=waiting,
        odd_encoding=named.entry.encoding == "Windows-1252",
        states=IMPORT_STATES,
        names=IMPORT_COLUMNS,
        row_problems=ROW_PROBLEMS,
        unreadable=UNREADABLE_FILES,
    )
