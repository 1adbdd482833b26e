"""What happens by itself some time later: banks answer, authorisations and deadlines run out."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial

from local.stripe_sandbox import capture, charges, debits, dispute_outcomes, refund_outcomes
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.endpoint import Api
from local.stripe_sandbox.waiting import woken

logger = logging.getLogger(__name__)

_HANDLERS: dict[str, Callable[[Call, str], None]] = {
    "complete_refund": refund_outcomes.complete,
    "expire_authorization": capture.expire_due,
    "expire_dispute": dispute_outcomes.expire_due,
    "fail_refund": refund_outcomes.fail,
    "lose_dispute": dispute_outcomes.lose_due,
    "open_dispute": dispute_outcomes.open_due,
    "settle_charge": charges.settle,
    "settle_debit": debits.settle_due,
    "win_dispute": dispute_outcomes.win_due,
}
_PRUNE_SECONDS = 3600


class Jobs:
    """Runs what is due in the `jobs` table, each job in one transaction with its own removal."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._wake = asyncio.Event()
        self._pruned = 0.0

    def wake(self) -> None:
        """Look for due jobs now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            self._prune()
            self._run_due()
            await woken(self._wake, self._seconds_until_due())

    def _run_due(self) -> None:
        for row in self._api.store.rows(
            "SELECT id, kind, object FROM jobs WHERE due <= ? ORDER BY due, id LIMIT 50", (time.time(),)
        ):
            try:
                self._api.act(partial(_run, row))
            except Exception:
                logger.exception("Job %s of %s failed and is given up", row["kind"], row["object"])
                self._api.store.execute("DELETE FROM jobs WHERE id = ?", (row["id"],))

    def _seconds_until_due(self) -> float:
        [row] = self._api.store.rows("SELECT min(due) AS due FROM jobs")
        return _PRUNE_SECONDS if row["due"] is None else max(0.0, row["due"] - time.time())

    def _prune(self) -> None:
        if time.time() - self._pruned > _PRUNE_SECONDS:
            self._pruned = time.time()
            self._api.keys.prune()


def _run(row: sqlite3.Row, call: Call) -> None:
    call.store.execute("DELETE FROM jobs WHERE id = ?", (row["id"],))
    _HANDLERS[row["kind"]](call, row["object"])
