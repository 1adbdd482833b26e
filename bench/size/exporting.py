"""How fast a file of many orders is, and what the process holds while it makes it."""

import asyncio
import time
from dataclasses import dataclass

import aiohttp

from bench.processes import Processes
from bench.storefront import UnexpectedAnswer

ROWS = 100_000
_MIB = 2**20


@dataclass(frozen=True)
class Export:
    """A file: its lines, the seconds it took, and the MiB that the API held before, at most, and after."""

    rows: str
    lines: int
    seconds: float
    before: float
    peak: float
    after: float

    @property
    def per_second(self) -> float:
        return self.lines / self.seconds


async def export(
    client: aiohttp.ClientSession,
    url: str,
    headers: dict[str, str],
    processes: Processes,
    part: str,
    *,
    rows: str,
    period: str,
) -> Export:
    """Read a whole file as fast as it comes."""
    before = peak = processes.resident_bytes(part) / _MIB
    ended = asyncio.Event()

    async def watch() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, processes.resident_bytes(part) / _MIB)
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    lines, begun = -1, time.perf_counter()  # the header is no row
    path = f"{url}/api/v1/vendor/orders/export.csv?rows={rows}&{period}"
    try:
        async with client.get(path, headers=headers) as answer:
            if answer.status != 200:
                raise UnexpectedAnswer(f"{path}: {answer.status}")
            async for chunk in answer.content.iter_any():
                lines += chunk.count(b"\r\n")
    finally:
        ended.set()
        await watching
    seconds = time.perf_counter() - begun
    return Export(rows, lines, seconds, before, peak, processes.resident_bytes(part) / _MIB)
