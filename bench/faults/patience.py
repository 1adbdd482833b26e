"""A client that does what the contract tells clients to do: comes back later, with the same key."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

_PATIENCE = 180.0
_LATER = frozenset({429, 503})


@dataclass
class Answers:
    """What was answered to what, and which answers the contract does not know."""

    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)

    def note(self, what: str, answer: httpx.Response, expected: frozenset[int]) -> None:
        self.counted[what, answer.status_code] += 1
        if answer.status_code not in expected:
            told = answer.text[:300]
            self.unexpected.append(f"{what}: {answer.status_code} {told}")


class PatientClient:
    """Repeats what was not answered, or asked to come later; it never gives up before three minutes."""

    def __init__(self, http: httpx.AsyncClient, answers: Answers) -> None:
        self._http = http
        self._answers = answers

    async def call(
        self,
        what: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        expected: tuple[int, ...] = (200,),
        json: object = None,
        key: str | None = None,
    ) -> httpx.Response:
        """The first answer that is one; what changes something goes out under the same `key` each time."""
        sent = dict(headers) | ({} if key is None else {"Idempotency-Key": key})
        deadline = time.monotonic() + _PATIENCE
        while True:
            wait = 0.5
            try:
                answer = await self._http.request(method, url, headers=sent, json=json)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status_code not in _LATER or time.monotonic() > deadline:
                    self._answers.note(what, answer, frozenset(expected))
                    return answer
                self._answers.counted[what, answer.status_code] += 1
                wait = float(answer.headers.get("Retry-After", wait))
            await asyncio.sleep(wait)
