"""E-mails go out beside the main line; what they cost belongs to their orders."""

import asyncio
import time

from sqlalchemy import func, select

from db.session import Database
from db.tables import Email

_PATIENCE = 120.0


async def wait_until_sent(database: Database, expected: int) -> None:
    """Return once so many e-mails have been sent since the beginning. Raises TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while (sent := await _sent(database)) < expected:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{expected - sent} e-mails are not sent after {_PATIENCE:.0f} s")
        await asyncio.sleep(0.1)


async def _sent(database: Database) -> int:
    async with database.platform() as session:
        statement = select(func.count()).select_from(Email).where(Email.sent_at.is_not(None))
        return (await session.execute(statement)).scalar_one()
