"""Imports of products: small files at once, larger ones by a workflow that shows what would happen first."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from api.schemas.product_imports import ImportAnswer, present_import
from api.uploads import SentFile
from db.queries import product_imports
from db.queries.import_applying import CatalogueMoved, apply_rows
from db.queries.import_staging import finish_check, stage_rows
from db.session import Database
from db.tables import ProductImport, ProductImportRow, Vendor
from domain.errors import EngineUnavailable, ImportHasWrongRows, ImportNotReady
from domain.product_files import ProductFile, read_product_file
from domain.product_reports import HEADER, report_row
from domain.product_rows import ReadRow, read_rows
from domain.spreadsheets import BYTE_ORDER_MARK, csv_lines
from workflows.product_import_messages import (
    DECIDE,
    PRODUCT_IMPORT_WORKFLOW,
    ImportDecision,
    ProductImportInput,
    product_import_id,
)

# What is read, compared and applied within a request: some thousand rows.
SMALL = 256_000
_BATCH = 1_000
_KEPT = timedelta(seconds=ProductImportInput(0, 0).keep)
_READY = {"apply": {"checked"}, "check": {"outdated"}, "discard": {"checked", "outdated"}}
# How long the workflow may need to know what its last step has stored.
_CATCHING_UP = (0.1, 0.2, 0.4, 0.8, 1.6)


class _OnlyLooked(Exception):  # noqa: N818 -- no failure: it rolls back
    """Nothing is to be kept but what there is to tell."""

    def __init__(self, told: ImportAnswer) -> None:
        super().__init__()
        self.told = told


async def store_file(database: Database, *, vendor_id: int, user_id: int, sent: SentFile) -> ProductImport:
    """Keep a file to be checked, and delete what is old."""
    async with database.vendor(vendor_id) as session:
        await product_imports.clean_imports(session, created_before=datetime.now(UTC) - _KEPT)
        return await product_imports.add_import(
            session,
            vendor_id=vendor_id,
            created_by=user_id,
            filename=sent.filename or "products.csv",
            content=sent.content,
        )


async def start_check(engine: Engine, *, vendor_id: int, import_id: int) -> None:
    """Have a stored file checked. Raises EngineUnavailable; asking again is fine."""
    given = ProductImportInput(vendor_id, import_id)
    await engine.start(PRODUCT_IMPORT_WORKFLOW, given, workflow_id=product_import_id(import_id))


async def import_now(
    database: Database,
    *,
    vendor_id: int,
    user_id: int,
    sent: SentFile,
    dry_run: bool,
    leave_out_wrong: bool,
) -> ImportAnswer:
    """Import a small file in one transaction, and tell of each row.

    Nothing is kept of a dry run, nor where rows are wrong and not to be left out. Raises ImportFileInvalid,
    and ImportNotReady when somebody changed the same products at that moment.
    """
    file = await asyncio.to_thread(read_product_file, sent.content)
    try:
        async with database.vendor(vendor_id) as session:
            entry = await product_imports.add_import(
                session, vendor_id=vendor_id, created_by=user_id, filename=sent.filename, content=b""
            )
            entry.size, entry.content = len(sent.content), None
            rows = await _check(session, entry, file)
            _only_look(entry, rows, dry_run=dry_run, leave_out_wrong=leave_out_wrong)
            entry.state, entry.decided_by, entry.leave_out_wrong = "applying", user_id, leave_out_wrong
            await session.flush()
            await apply_rows(session, vendor_id=vendor_id, import_id=entry.id)
            return present_import(entry, rows)
    except _OnlyLooked as looked:
        return looked.told
    except CatalogueMoved:
        raise ImportNotReady("Products changed at the same moment; please send the file again.") from None


def _only_look(
    entry: ProductImport, rows: Sequence[ProductImportRow], *, dry_run: bool, leave_out_wrong: bool
) -> None:
    """Raise _OnlyLooked where nothing is to be applied."""
    if dry_run or (entry.wrong_count and not leave_out_wrong):
        raise _OnlyLooked(present_import(entry, rows))


async def _check(
    session: AsyncSession, entry: ProductImport, file: ProductFile
) -> Sequence[ProductImportRow]:
    currency = (await session.get_one(Vendor, entry.vendor_id)).currency
    read: list[ReadRow] = await asyncio.to_thread(lambda: list(read_rows(file, currency)))
    for first in range(0, len(read), _BATCH):
        part = read[first : first + _BATCH]
        await stage_rows(session, vendor_id=entry.vendor_id, import_id=entry.id, rows=part)
    await finish_check(session, import_id=entry.id, file=file)
    await session.refresh(entry)
    return await product_imports.rows_of(session, import_id=entry.id)


async def decide(
    database: Database, engine: Engine, *, vendor_id: int, import_id: int, decision: ImportDecision
) -> None:
    """Tell an import what somebody wants; the same decision twice is one.

    Raises ImportNotFound, ImportNotReady, ImportHasWrongRows and EngineUnavailable.
    """
    async with database.reading(vendor_id) as session:
        entry = await product_imports.get_import(session, import_id=import_id)
    if entry.state not in _READY.get(decision.what, ()):
        raise ImportNotReady("This cannot be done with the import now.", state=entry.state)
    if decision.what == "apply" and entry.wrong_count and not decision.leave_out_wrong:
        raise ImportHasWrongRows("Some rows are wrong; nothing was imported.", wrong_rows=entry.wrong_count)
    update_id = f"{decision.what}-{entry.checks}"
    for pause in (*_CATCHING_UP, None):
        try:
            await engine.update(
                product_import_id(import_id), DECIDE, decision, update_id=update_id, answer=str
            )
        except EngineSlow:
            return  # it was accepted and will happen; the page shows it
        except WorkflowGone:
            # Never started, or lost with the engine's data: it begins anew with what is stored.
            await start_check(engine, vendor_id=vendor_id, import_id=import_id)
            raise EngineUnavailable("The import was taken up again; please repeat this.") from None
        except ImportNotReady:
            if pause is None:
                raise
            await asyncio.sleep(pause)
        else:
            return


async def report_file(database: Database, vendor_id: int, import_id: int) -> AsyncGenerator[bytes, None]:
    """The report in parts: a row for each row of the file."""
    async with database.reading(vendor_id) as session:
        result = await product_imports.all_rows(session, import_id=import_id)
        yield (BYTE_ORDER_MARK + csv_lines([HEADER])).encode()
        while batch := await result.fetchmany(_BATCH):
            yield csv_lines(_reported(row) for row in batch).encode()


def _reported(row: Row[Any]) -> tuple[str, ...]:
    return report_row(row.line, row.sku, row.kind, row.changes, row.problems)
