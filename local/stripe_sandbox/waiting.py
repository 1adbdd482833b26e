"""Waiting for work, or for the moment it is due."""

import asyncio
import contextlib


async def woken(wake: asyncio.Event, seconds: float) -> None:
    """Return when woken, at the latest after `seconds`; others get their turn in any case.

    Not `asyncio.wait_for`, which in Python 3.11 can swallow a cancellation that meets the wake-up.
    """
    await asyncio.sleep(0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
