"""Delivering events to the webhook endpoint: signed, several at once, again and again until it takes them."""

import asyncio
import contextlib
import hashlib
import hmac
import logging
import time
from collections.abc import AsyncIterator
from functools import partial

import httpx

from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.store import Store
from local.stripe_sandbox.waiting import woken

logger = logging.getLogger(__name__)

_CONCURRENCY = 16
_IDLE = 3600.0
# How long a delivery under way may still take when everything is to be forgotten.
_LAST_WORD = 2.0
_HOUR = 3600
# Waits in seconds, each longer than the last, for up to three days: https://docs.stripe.com/webhooks#retries.
# Stripe promises no more than that; these are the steps its users see.
RETRY_SCHEDULE = (300, 1800, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, *(4 * (12 * _HOUR,)))


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The `Stripe-Signature` header: https://docs.stripe.com/webhooks#verify-manually."""
    signed = f"{timestamp}.{payload}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def retry_wait(attempts: int, base: float) -> float | None:
    """Seconds until the next attempt after so many; None: it was the last.

    `base` is the first wait; the others keep their proportion to it.
    """
    if attempts > len(RETRY_SCHEDULE):
        return None
    return RETRY_SCHEDULE[attempts - 1] / RETRY_SCHEDULE[0] * base


class Deliverer:
    """Sends what is due in the `deliveries` table, also what a killed process left there."""

    def __init__(self, configuration: Configuration, store: Store) -> None:
        self._configuration = configuration
        self._store = store
        self._running: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._paused = False

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wake.set()

    async def stop(self) -> None:
        """Break off what is being sent."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Nothing is being sent inside; what was under way has ended before."""
        self._paused = True
        try:
            if self._running:
                await asyncio.wait(list(self._running.values()), timeout=_LAST_WORD)
            await self.stop()
            yield
        finally:
            self._paused = False
            self.wake()

    async def run(self) -> None:
        """Deliver until cancelled."""
        limits = httpx.Limits(max_connections=_CONCURRENCY, max_keepalive_connections=_CONCURRENCY)
        async with httpx.AsyncClient(timeout=10, limits=limits, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    self._start_due(client)
                    await woken(self._wake, self._seconds_until_due())
            finally:
                await self.stop()

    def _start_due(self, client: httpx.AsyncClient) -> None:
        if self._paused:
            return
        room = _CONCURRENCY - len(self._running)
        rows = self._store.rows(
            "SELECT id FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
            (time.time(), _CONCURRENCY),
        )
        for row in [row for row in rows if row["id"] not in self._running][:room]:
            task = asyncio.create_task(self._deliver(client, row["id"]))
            self._running[row["id"]] = task
            task.add_done_callback(partial(self._done, row["id"]))

    def _done(self, delivery: int, task: asyncio.Task[None]) -> None:
        del self._running[delivery]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("Delivery %s failed: %r", delivery, error)
        self._wake.set()

    def _seconds_until_due(self) -> float:
        if self._paused or len(self._running) >= _CONCURRENCY:
            return _IDLE
        rows = self._store.rows(
            "SELECT next_at, id FROM deliveries WHERE state = 'pending' ORDER BY next_at, id LIMIT ?",
            (_CONCURRENCY + 1,),
        )
        waiting = [row["next_at"] for row in rows if row["id"] not in self._running]
        return max(0.0, min(waiting) - time.time()) if waiting else _IDLE

    async def _deliver(self, client: httpx.AsyncClient, delivery: int) -> None:
        [row] = self._store.rows(
            "SELECT d.url, d.attempts, o.body FROM deliveries d JOIN objects o ON o.id = d.event "
            "WHERE d.id = ?",
            (delivery,),
        )
        now = time.time()
        status, error = await self._post(client, row["url"], row["body"], int(now))
        attempts = row["attempts"] + 1
        state, next_at = "delivered", None
        if status is None or not 200 <= status < 300:
            wait = retry_wait(attempts, self._configuration.webhook_retry_base)
            state, next_at = ("failed", None) if wait is None else ("pending", time.time() + wait)
        with self._store.transaction():
            self._store.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, next_at = ? WHERE id = ?",
                (state, attempts, next_at, delivery),
            )
            self._store.execute(
                "INSERT INTO delivery_attempts (delivery, attempted_at, status, error) VALUES (?, ?, ?, ?)",
                (delivery, now, status, error),
            )

    async def _post(
        self, client: httpx.AsyncClient, url: str, payload: str, timestamp: int
    ) -> tuple[int | None, str | None]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._configuration.webhook_secret, timestamp),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            response = await client.post(url, content=payload, headers=headers)
        except httpx.HTTPError as error:
            return None, f"{type(error).__name__}: {error}"[:500]
        return response.status_code, None
