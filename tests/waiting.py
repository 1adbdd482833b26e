"""Waiting for something to become true, with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")
PATIENCE = 0.0


async def eventually(
    look: Callable[[], Awaitable[Value]], wanted: Callable[[Value], bool], *, within: float = 20.0
) -> Value:
    """What `look` answers once it is what is wanted; fails with the last answer after `within` seconds.

    Never before `PATIENCE` seconds, which a test sets that kills what it waits for.
    """
    within = max(within, PATIENCE)
    deadline = time.monotonic() + within
    while True:
        value = await look()
        if wanted(value):
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {within} s"
        await asyncio.sleep(0.03)
