"""Importing a file of products: reading and comparing it, applying it, and deleting it when it is old."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import func
from temporalio import activity

from activities.errors import at_the_boundary
from activities.product_import_messages import CleanImports, DecideImport, ImportRef, ImportState
from db.queries.import_applying import CatalogueMoved, apply_rows, steps_to_apply
from db.queries.import_staging import finish_check, refuse_file, stage_rows, staged_up_to
from db.queries.product_imports import change_import, clean_imports, forget_rows, get_import
from db.session import Database
from db.tables import ProductImport, Vendor
from domain.errors import ImportFileInvalid
from domain.product_files import ProductFile, read_product_file
from domain.product_rows import read_rows

BATCH = 1_000
_BEAT = 2.0


class ProductImportActivities:
    """Each one may run again after any part of it: what is kept or applied already stays as it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="check_product_import")
    @at_the_boundary
    async def check_product_import(self, given: ImportRef) -> ImportState:
        """Read the file and keep what each row would do; goes on where an earlier attempt was."""
        async with _beating():
            async with self._database.reading(given.vendor_id) as session:
                entry = await get_import(session, import_id=given.import_id, with_file=True)
                currency = (await session.get_one(Vendor, given.vendor_id)).currency
            if entry.state == "uploaded" and entry.content is not None:
                try:
                    # In a thread: the other activities of this worker go on meanwhile.
                    file = await asyncio.to_thread(read_product_file, entry.content)
                except ImportFileInvalid as refused:
                    async with self._database.vendor(given.vendor_id) as session:
                        await refuse_file(session, import_id=given.import_id, refused=refused)
                else:
                    await self._check_rows(given, file, currency)
        return await self._state(given)

    async def _check_rows(self, given: ImportRef, file: ProductFile, currency: str) -> None:
        async with self._database.vendor(given.vendor_id) as session:
            staged = await staged_up_to(session, import_id=given.import_id)
        rows = read_rows(file, currency)
        while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
            new = [row for row in batch if row.position > staged]
            async with self._database.vendor(given.vendor_id) as session:
                await stage_rows(session, vendor_id=given.vendor_id, import_id=given.import_id, rows=new)
                await change_import(
                    session,
                    import_id=given.import_id,
                    states=["uploaded"],
                    rows_total=len(file.rows),
                    rows_checked=batch[-1].position,
                )
        async with self._database.vendor(given.vendor_id) as session:
            await finish_check(session, import_id=given.import_id, file=file)

    @activity.defn(name="begin_product_import")
    @at_the_boundary
    async def begin_product_import(self, given: DecideImport) -> ImportState:
        """Somebody wants the file applied."""
        ref = ImportRef(given.vendor_id, given.import_id)
        async with self._database.vendor(given.vendor_id) as session:
            await change_import(
                session,
                import_id=given.import_id,
                states=["checked"],
                state="applying",
                decided_by=given.user_id,
                leave_out_wrong=given.leave_out_wrong,
                rows_applied=0,
                rows_to_apply=await steps_to_apply(session, import_id=given.import_id),
            )
        return await self._state(ref)

    @activity.defn(name="apply_product_import")
    @at_the_boundary
    async def apply_product_import(self, given: ImportRef) -> ImportState:
        """Apply all rows or none; once, however often it is tried."""
        async with _beating():
            try:
                async with self._database.vendor(given.vendor_id) as session:
                    await apply_rows(
                        session,
                        vendor_id=given.vendor_id,
                        import_id=given.import_id,
                        progress=lambda done: self._tell(given, done),
                    )
            except CatalogueMoved:
                async with self._database.vendor(given.vendor_id) as session:
                    await change_import(
                        session, import_id=given.import_id, states=["applying"], state="outdated"
                    )
        return await self._state(given)

    async def _tell(self, given: ImportRef, done: int) -> None:
        """Let the page show how far it is, beside the transaction that does it."""
        async with self._database.vendor(given.vendor_id) as session:
            await change_import(session, import_id=given.import_id, states=["applying"], rows_applied=done)

    @activity.defn(name="reopen_product_import")
    @at_the_boundary
    async def reopen_product_import(self, given: ImportRef) -> ImportState:
        """Have the file compared anew with a catalogue that moved on."""
        async with self._database.vendor(given.vendor_id) as session:
            if await change_import(
                session,
                import_id=given.import_id,
                states=["outdated"],
                state="uploaded",
                rows_checked=0,
                decided_by=None,
            ):
                await forget_rows(session, import_id=given.import_id)
        return await self._state(given)

    @activity.defn(name="discard_product_import")
    @at_the_boundary
    async def discard_product_import(self, given: DecideImport) -> ImportState:
        """Nothing is imported, because somebody says so or nobody decided in time."""
        async with self._database.vendor(given.vendor_id) as session:
            await change_import(
                session,
                import_id=given.import_id,
                states=["checked", "outdated"],
                state="discarded",
                decided_by=given.user_id,
                ended_at=func.now(),
            )
        return await self._state(ImportRef(given.vendor_id, given.import_id))

    @activity.defn(name="clean_product_imports")
    @at_the_boundary
    async def clean_product_imports(self, given: CleanImports) -> None:
        """Delete files and rows that are old; also those that no workflow was ever started for."""
        before = datetime.now(UTC) - timedelta(seconds=given.older_than)
        async with self._database.vendor(given.vendor_id) as session:
            await clean_imports(session, created_before=before)

    async def _state(self, given: ImportRef) -> ImportState:
        async with self._database.reading(given.vendor_id) as session:
            return _state_of(await get_import(session, import_id=given.import_id))


def _state_of(entry: ProductImport) -> ImportState:
    return ImportState(
        state=entry.state,
        checks=entry.checks,
        new=entry.new_count,
        changed=entry.changed_count,
        unchanged=entry.unchanged_count,
        wrong=entry.wrong_count,
    )


@asynccontextmanager
async def _beating() -> AsyncIterator[None]:
    """Signs of life while something takes long."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(_BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats
