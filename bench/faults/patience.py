"""A client that does what the contract tells clients to do: comes back later, with the same key."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Never

import httpx

PATIENCE = 180.0
_LATER = frozenset({429, 503})


class WaitedInVainError(Exception):
    """Nothing was heard, or nothing but that one should come later, for longer than anybody waits."""


@dataclass
class Answers:
    """What was answered to what, what was not, and which answers the contract does not know."""

    counted: Counter[tuple[str, int]] = field(default_factory=Counter)
    hung_up: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    in_vain: list[str] = field(default_factory=list)

    def note(self, what: str, answer: httpx.Response, expected: frozenset[int]) -> None:
        self.counted[what, answer.status_code] += 1
        if answer.status_code not in expected:
            told = answer.text[:300]
            self.unexpected.append(f"{what}: {answer.status_code} {told}")

    def give_up(self, what: str, told: str) -> Never:
        """Keep that somebody waited in vain, and raise it."""
        sentence = f"{what}: after {PATIENCE:.0f} s still {told}"
        self.in_vain.append(sentence)
        raise WaitedInVainError(sentence)


class PatientClient:
    """Repeats what was not answered, or asked to come later; raises WaitedInVainError after three minutes."""

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
        deadline = time.monotonic() + PATIENCE
        while True:
            wait = 0.5
            try:
                answer = await self._http.request(method, url, headers=sent, json=json)
            except httpx.TransportError as error:
                told = type(error).__name__
                self._answers.hung_up[what] += 1
            else:
                if answer.status_code not in _LATER:
                    self._answers.note(what, answer, frozenset(expected))
                    return answer
                told = f"{answer.status_code} {answer.text[:300]}"
                self._answers.counted[what, answer.status_code] += 1
                wait = float(answer.headers.get("Retry-After", wait))
            if time.monotonic() > deadline:
                self._answers.give_up(what, told)
            await asyncio.sleep(wait)
