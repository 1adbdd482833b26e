"""Connections that rest between two requests, as clients and load balancers keep them."""

import asyncio

from tests.fixtures.ports import free_port
from tests.system.programs import Programs

UVICORN_WOULD_END_IT = 5.0  # seconds; https://uvicorn.dev/settings/#timeouts


async def test_api_does_not_end_a_connection_that_rests(programs: Programs) -> None:
    port = free_port()
    await programs.api(port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = b"GET /healthz HTTP/1.1\r\nHost: orion.test\r\n\r\n"
    writer.write(request)
    await reader.readuntil(b"\r\n\r\n")

    try:
        async with asyncio.timeout(UVICORN_WOULD_END_IT + 1):
            while await reader.read(1_000):
                pass
        ended = True
    except TimeoutError:
        ended = False
    writer.close()

    assert not ended
