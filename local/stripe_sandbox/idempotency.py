"""Idempotency keys as Stripe documents them (https://docs.stripe.com/api/idempotent_requests).

The status and body of the first request are kept, errors included, once its endpoint began; a retry gets them
again. Other parameters with the same key are refused, and so is a retry while the first request still runs.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.stripe_sandbox.errors import idempotency_key_in_use, idempotency_mismatch, invalid
from local.stripe_sandbox.store import Store

MAXIMUM_LENGTH = 255
# Stripe keeps keys for at least 24 hours.
_KEPT_SECONDS = 2 * 86_400


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The answer to the first request with a key."""

    status: int
    body: str
    request_id: str


def fingerprint(method: str, path: str, params: Mapping[str, Any]) -> str:
    """What must be the same for a retry to be one."""
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class IdempotencyKeys:
    """The keys of requests that run and of those that were answered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: set[str] = set()

    @contextmanager
    def held(self, key: str | None) -> Iterator[None]:
        """Keep others with the same key out while the request runs.

        Raises `RefusedRequestError`: 409 while another runs, 400 for a key longer than 255 characters.
        """
        if key is None:
            yield
            return
        if len(key) > MAXIMUM_LENGTH:
            raise invalid(f"Idempotency keys can be at most {MAXIMUM_LENGTH} characters long.")
        if key in self._running:
            raise idempotency_key_in_use(key)
        self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key)

    def find(self, key: str | None, print_: str) -> KeptAnswer | None:
        """The answer kept under a key.

        Raises `RefusedRequestError` 400 when the key was used with other parameters.
        """
        if key is None:
            return None
        rows = self._store.rows(
            "SELECT fingerprint, status, body, request_id FROM idempotency_keys WHERE key = ?", (key,)
        )
        if not rows:
            return None
        if rows[0]["fingerprint"] != print_:
            raise idempotency_mismatch(key)
        return KeptAnswer(rows[0]["status"], rows[0]["body"], rows[0]["request_id"])

    def keep(self, key: str, print_: str, answer: KeptAnswer) -> None:
        """Remember the answer, in the transaction of its effect."""
        self._store.execute(
            "INSERT INTO idempotency_keys (key, fingerprint, status, body, request_id, created) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (key, print_, answer.status, answer.body, answer.request_id, time.time()),
        )

    def prune(self) -> None:
        """Forget keys older than two days."""
        self._store.execute("DELETE FROM idempotency_keys WHERE created < ?", (time.time() - _KEPT_SECONDS,))
