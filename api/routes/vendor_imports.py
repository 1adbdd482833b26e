"""Products from a file: sending it, deciding on it, and what became of it."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response, status

from api.callers import CurrentVendorUser
from api.cursors import Cursor, link_next
from api.dependencies import ContextDep, DatabaseDep, EngineDep, PageOf20
from api.exporting import CsvFile
from api.importing import SMALL, decide, import_now, report_file, start_check, store_file
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from api.schemas.product_imports import ImportAnswer, ImportDecisionRequest, present_import
from api.uploads import SentFile, read_file
from db.queries import product_imports
from workflows.product_import_messages import ImportDecision

router = vendor_router("products")
_NOT_FOUND = refused("`import_not_found`, also for another shop's import")
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "contentMediaType": "text/csv"}},
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


async def _sent(request: Request, _: CurrentVendorUser) -> SentFile:
    return await read_file(request)


@router.post(
    "/products/import",
    summary="Import products from a CSV file",
    openapi_extra=_BODY,
    responses={
        202: {
            "model": ImportAnswer,
            "description": "A larger file: it is checked, and waits for a decision.",
        },
        409: refused("`import_not_ready` when the same products were changed at that moment"),
        413: refused("a file above 20 MB"),
    },
)
async def import_products(
    request: Request,
    response: Response,
    user: CurrentVendorUser,
    database: DatabaseDep,
    engine: EngineDep,
    sent: Annotated[SentFile, Depends(_sent)],
    dry_run: Annotated[bool, Query(description="Only tell what would happen; nothing is kept.")] = False,
    leave_out_wrong: Annotated[bool, Query(description="Apply the others where rows are wrong.")] = False,
) -> ImportAnswer:
    """All rows of the file or none, matched by SKU; each row is told as new, changed, unchanged or wrong.

    The file is CSV (UTF-8 or Windows-1252; separated by commas, semicolons or tabs) of at most 20 MB and
    50,000 rows. Its first row names the columns, in any order: `sku`, and any of `title`, `description`,
    `price`, `available_quantity`, `is_active` and `image`; others are named in `unknown_columns` and have no
    effect. An empty cell leaves what it is about as it is; a new product needs a title and a price. Prices
    may have a decimal point or comma. `available_quantity` is a count: the stock becomes that number, and the
    difference is booked as a movement.

    A file of up to 256 kB is imported at once, and every row is told in `rows`. When rows are wrong, nothing
    is applied and `state` is `checked`, unless `leave_out_wrong` is set. A larger file is answered with 202
    and a `Location`: it is checked first and then waits for its decision, whatever `dry_run` says. A file
    that cannot be read as a whole is 422 `import_file_invalid` with a `reason`; after 202 it is refused.
    """
    if len(sent.content) <= SMALL:
        return await import_now(
            database,
            vendor_id=user.vendor_id,
            user_id=user.id,
            sent=sent,
            dry_run=dry_run,
            leave_out_wrong=leave_out_wrong,
        )
    entry = await store_file(database, vendor_id=user.vendor_id, user_id=user.id, sent=sent)
    await start_check(engine, vendor_id=user.vendor_id, import_id=entry.id)
    response.status_code = status.HTTP_202_ACCEPTED
    response.headers["Location"] = str(request.url_for("get_import", import_id=entry.id))
    return present_import(entry)


@router.get("/products/imports", summary="List imports of products")
async def list_imports(
    request: Request, response: Response, user: CurrentVendorUser, page: PageOf20, database: DatabaseDep
) -> list[ImportAnswer]:
    """All imports, newest first, also those whose file and rows are deleted by now. `skip` is ignored."""
    async with database.reading(user.vendor_id) as session:
        found = await product_imports.list_imports(
            session, limit=page.limit + 1, before_id=page.cursor.id if page.cursor else None
        )
    shown = [named.entry for named in found[: page.limit]]
    if len(found) > page.limit:
        link_next(request, response, Cursor(created_at=shown[-1].created_at, id=shown[-1].id))
    return [present_import(entry) for entry in shown]


@router.get("/products/imports/{import_id}", summary="Get an import", responses={404: _NOT_FOUND})
async def get_import(import_id: PathId, user: CurrentVendorUser, database: DatabaseDep) -> ImportAnswer:
    """How far an import is, and how many rows of each kind it has."""
    async with database.reading(user.vendor_id) as session:
        entry = await product_imports.get_import(session, import_id=import_id)
    return present_import(entry)


@router.get(
    "/products/imports/{import_id}/report.csv",
    summary="Get an import's report as CSV",
    response_class=CsvFile,
    status_code=200,
    responses={
        200: {"description": "A row for each row of the file.", "content": {"text/csv": {}}},
        404: _NOT_FOUND,
    },
)
async def get_report(import_id: PathId, user: CurrentVendorUser, context: ContextDep) -> CsvFile:
    """What became of each row, or would. Text that a spreadsheet would take for a formula is defused."""
    async with context.database.reading(user.vendor_id) as session:
        await product_imports.get_import(session, import_id=import_id)
    parts = report_file(context.database, user.vendor_id, import_id)
    return CsvFile(parts, context.exports, filename=f"import-{import_id}-report.csv")


@router.post(
    "/products/imports/{import_id}/decision",
    summary="Decide on an import",
    responses={404: _NOT_FOUND, 409: refused("`import_not_ready`, `import_has_wrong_rows`")},
)
async def decide_on_import(
    import_id: PathId,
    given: ImportDecisionRequest,
    user: CurrentVendorUser,
    database: DatabaseDep,
    engine: EngineDep,
) -> ImportAnswer:
    """Apply what was checked, all of it in one transaction; have it checked anew; or discard it."""
    decision = ImportDecision(given.decision, user.id, given.leave_out_wrong)
    await decide(database, engine, vendor_id=user.vendor_id, import_id=import_id, decision=decision)
    async with database.reading(user.vendor_id) as session:
        entry = await product_imports.get_import(session, import_id=import_id)
    return present_import(entry)
