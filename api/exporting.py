"""Files of a vendor's orders, written while they are read: a few at a time, and no whole one in memory."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

import structlog
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from db.outages import DATABASE_ERRORS
from db.queries.order_exports import ExportRows, export_header, read_export, ready_cells
from db.queries.order_filters import OrderFilter
from db.session import Database
from domain.errors import RateLimited
from domain.spreadsheets import BYTE_ORDER_MARK, csv_lines

RETRY_AFTER_SECONDS = 10
_STALLED_SECONDS = 20.0
# A snapshot this old keeps PostgreSQL from cleaning up; a connection is back by then, whoever reads slowly.
_LONGEST_SECONDS = 600.0

log = structlog.get_logger("api.exporting")


class ExportSlots:
    """How many exports may run in this process at once; each holds a connection while it lasts."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.taken = 0

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Hold one of the slots. Raises RateLimited when there is none."""
        if self.taken >= self._limit:
            message = "Too many exports are running; please wait a little."
            raise RateLimited(message, retry_after=RETRY_AFTER_SECONDS)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


async def order_file(
    database: Database, vendor_id: int, wanted: OrderFilter, rows: ExportRows
) -> AsyncGenerator[bytes, None]:
    """The file in parts, as everything was when the first one was read."""
    ready = ready_cells(rows)
    head = BYTE_ORDER_MARK + csv_lines([export_header(rows)])
    async with (
        database.reading(vendor_id) as session,
        aclosing(read_export(session, wanted, rows)) as batches,
    ):
        async for batch in batches:
            yield (head + csv_lines(batch, ready=ready)).encode()
            head = ""
    if head:
        yield head.encode()


class CsvFile(StreamingResponse):
    """A file that is sent as it is made; its connection is given back however that ends.

    What fails before the first part is answered as any other error. Afterwards the answer breaks off without
    its end, so that nobody takes half a file for a whole one: when the database fails, when the reader takes
    nothing for `stalled` seconds, and after `longest` seconds.
    """

    media_type = "text/csv"

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        slots: ExportSlots,
        *,
        filename: str,
        stalled: float = _STALLED_SECONDS,
        longest: float = _LONGEST_SECONDS,
    ) -> None:
        super().__init__(parts, headers={"Content-Disposition": f'attachment; filename="{filename}"'})
        self._parts, self._slots = parts, slots
        self._stalled, self._longest = stalled, longest
        self._first = b""
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file. Raises RateLimited, and what the database raises before there is a first part."""

        async def sending(message: Message) -> None:
            self._begun = True
            async with asyncio.timeout(self._stalled):
                await send(message)

        with self._slots.taking():
            async with aclosing(self._parts):
                try:
                    async with asyncio.timeout(self._longest):
                        self._first = await anext(self._parts)
                        await super().__call__(scope, receive, sending)
                except DATABASE_ERRORS as error:  # timeouts of ours are among them, as OSError
                    if not self._begun:
                        raise
                    log.warning("an export broke off", code=type(error).__name__)

    async def stream_response(self, send: Send) -> None:
        """The first part, which is there already, and then the others as they come."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            # To a reader who is gone nothing is waited for, and then nobody would hear that they are.
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
