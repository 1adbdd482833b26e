"""Attempts to sign in, counted by account and address before a password is looked at."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Integer, Text, bindparam, delete, func, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import SignInAttempt
from domain.signing_in import WINDOW_SECONDS

_PARAMETERS: tuple[BindParameter[Any], ...] = (
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("window", type_=Integer),
)
# In the order of their keys, so that attempts at one account wait for each other and never deadlock.
_COUNT = text("""
    INSERT INTO sign_in_attempts AS a (key, attempts, window_ends_at)
    SELECT key, 1, now() + make_interval(secs => :window) FROM unnest(:keys) AS key ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        attempts = CASE WHEN a.window_ends_at <= now() THEN 1 ELSE a.attempts + 1 END,
        window_ends_at = CASE WHEN a.window_ends_at <= now() THEN excluded.window_ends_at
                              ELSE a.window_ends_at END
    RETURNING key, attempts, ceil(extract(epoch FROM window_ends_at - now()))::int AS seconds_left
""").bindparams(*_PARAMETERS)


@dataclass(frozen=True)
class Attempts:
    """How often a key was tried in its present window, and the seconds until that ends."""

    count: int
    seconds_left: int


async def count_attempt(session: AsyncSession, *, keys: list[str]) -> dict[str, Attempts]:
    """Count one more attempt under each key. Needs a platform session."""
    rows = await session.execute(_COUNT, {"keys": keys, "window": WINDOW_SECONDS})
    return {row.key: Attempts(row.attempts, row.seconds_left) for row in rows}


async def forget_attempts(session: AsyncSession, *, keys: list[str]) -> None:
    """Start anew after a right password, and drop what ended windows left. Needs a platform session."""
    over = SignInAttempt.window_ends_at <= func.now()
    await session.execute(delete(SignInAttempt).where(SignInAttempt.key.in_(keys) | over))
