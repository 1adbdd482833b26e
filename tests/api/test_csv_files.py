"""Files over a real connection: broken off they are seen to be, and whoever hangs up is left."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.exporting import CsvFile, ExportSlots
from tests.fixtures.ports import free_port
from tests.waiting import eventually


@asynccontextmanager
async def served(parts: AsyncGenerator[bytes, None], slots: ExportSlots) -> AsyncIterator[str]:
    """Where the file can be had."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await CsvFile(parts, slots, filename="orders.csv")(scope, receive, send)

    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started, bool)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    await serving


async def test_file_that_breaks_off_is_no_whole_file() -> None:
    async def parts() -> AsyncGenerator[bytes, None]:
        yield b"order_number\r\n"
        raise ConnectionResetError("the database is gone")

    slots = ExportSlots(1)
    async with served(parts(), slots) as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)
    assert slots.taken == 0


async def test_reader_who_hangs_up_ends_the_reading() -> None:
    closed = asyncio.Event()

    async def parts() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"order_number\r\n" * 5000
        finally:
            closed.set()

    slots = ExportSlots(1)
    async with served(parts(), slots) as url:
        async with httpx.AsyncClient() as client, client.stream("GET", url) as answer:
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            await anext(answer.aiter_bytes())
            assert (slots.taken, closed.is_set()) == (1, False)
        async with asyncio.timeout(10):
            await closed.wait()

        async def taken() -> int:
            return slots.taken

        await eventually(taken, lambda count: count == 0)
