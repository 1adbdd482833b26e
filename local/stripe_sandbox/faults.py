"""Faults injected on purpose: into API answers and into webhook deliveries. They survive a restart."""

import fnmatch
import random
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.stripe_sandbox.store import Store

Probability = Annotated[float, Field(ge=0, le=1)]


class _Chance(BaseModel):
    """How often a fault hits what it matches.

    `times` none means until cleared. With a `probability` below 1, `seed` decides which of the matches are
    hit: the same seed hits the same ones, counted from 1. Without one it is the sandbox's `--seed`, else
    another one each time; `GET` tells which.
    """

    model_config = ConfigDict(extra="forbid")

    times: Annotated[int, Field(ge=1)] | None = None
    probability: Probability = 1.0
    seed: int | None = None

    def hits(self, match: int) -> bool:
        """Whether the how-manieth match (from 1) is hit."""
        if self.probability >= 1:
            return True
        pattern = self.model_dump_json(exclude={"times", "probability"})
        return random.Random(f"{pattern}:{match}").random() < self.probability  # noqa: S311 -- not a secret


class Fault(_Chance):
    """One fault of the API: what it matches, what it does.

    `path` is a shell pattern (`/v1/payment_intents/*/confirm`).
    - `lost_answer`: the effect happens, then the connection is dropped without an answer.
    - `error_500`: an answer 500 before anything began; the same idempotency key works afterwards.
    - `error_500_after_effect`: the effect happens and the answer is 500. With `replay="error"` a retry with
      the same key replays the 500, as Stripe documents; with `"answer"` it replays the true answer.
    - `rate_limit_429`: an answer 429 with `Retry-After: seconds`.
    - `slow`: the call begins after `seconds`, holding its idempotency key meanwhile.
    """

    kind: Literal["lost_answer", "error_500", "error_500_after_effect", "rate_limit_429", "slow"]
    method: str = "*"
    path: str = "/v1/*"
    seconds: Annotated[float, Field(ge=0, le=600)] = 1.0
    replay: Literal["error", "answer"] = "error"


class WebhookFault(_Chance):
    """One fault of webhook delivery, decided when the event happens; `type` is a shell pattern.

    `lost` is never sent, `doubled` is sent twice, `delayed` is sent after `seconds`, `reordered` holds back
    every other event by `seconds` so that later ones overtake it.
    """

    kind: Literal["lost", "doubled", "delayed", "reordered"]
    type: str = "*"
    seconds: Annotated[float, Field(ge=0, le=604_800)] = 1.0


Scope = Literal["api", "webhook"]


@dataclass(slots=True)
class _Armed:
    id: int
    fault: Fault | WebhookFault
    matched: int
    fired: int

    def fires(self) -> bool:
        """Count a match; whether it is hit."""
        if self.fault.times is not None and self.fired >= self.fault.times:
            return False
        self.matched += 1
        hit = self.fault.hits(self.matched)
        self.fired += hit
        return hit


@dataclass(frozen=True, slots=True)
class FiredWebhookFault:
    """A webhook fault that applies to this event, and its how-manieth event that is (from 1)."""

    kind: str
    seconds: float
    fired: int


class Faults:
    """All armed faults, kept in memory and written through."""

    def __init__(self, store: Store, seed: int | None = None) -> None:
        self._store = store
        self._seed = seed
        self._armed: list[_Armed] = []
        self.load()

    def load(self) -> None:
        """Take over what the store holds."""
        self._armed = []
        for row in self._store.rows("SELECT * FROM faults ORDER BY id"):
            model = Fault if row["scope"] == "api" else WebhookFault
            fault = model.model_validate_json(row["specification"])
            self._armed.append(_Armed(row["id"], fault, row["matched"], row["fired"]))

    def arm(self, fault: Fault | WebhookFault) -> None:
        """Add a fault."""
        if fault.probability < 1 and fault.seed is None:
            seed = self._seed if self._seed is not None else random.getrandbits(31)
            fault = fault.model_copy(update={"seed": seed})
        scope = "api" if isinstance(fault, Fault) else "webhook"
        self._store.execute(
            "INSERT INTO faults (scope, specification) VALUES (?, ?)", (scope, fault.model_dump_json())
        )
        self.load()

    def clear(self, scope: Scope) -> None:
        """Remove every fault of one scope."""
        self._store.execute("DELETE FROM faults WHERE scope = ?", (scope,))
        self.load()

    def listed(self, scope: Scope) -> list[dict[str, object]]:
        """The faults of one scope with how often each has matched and fired."""
        model = Fault if scope == "api" else WebhookFault
        return [
            {"id": armed.id, "matched": armed.matched, "fired": armed.fired, **armed.fault.model_dump()}
            for armed in self._armed
            if isinstance(armed.fault, model)
        ]

    def match_api(self, method: str, path: str) -> Fault | None:
        """The first fault that hits this call; it is counted."""
        for armed in self._armed:
            fault = armed.fault
            if (
                isinstance(fault, Fault)
                and fault.method.upper() in {"*", method}
                and fnmatch.fnmatchcase(path, fault.path)
                and self._fires(armed)
            ):
                return fault
        return None

    def match_webhook(self, event_type: str) -> FiredWebhookFault | None:
        """The first fault that hits this event; it is counted."""
        for armed in self._armed:
            fault = armed.fault
            if (
                isinstance(fault, WebhookFault)
                and fnmatch.fnmatchcase(event_type, fault.type)
                and self._fires(armed)
            ):
                return FiredWebhookFault(fault.kind, fault.seconds, armed.fired)
        return None

    def _fires(self, armed: _Armed) -> bool:
        hit = armed.fires()
        self._store.execute(
            "UPDATE faults SET matched = ?, fired = ? WHERE id = ?", (armed.matched, armed.fired, armed.id)
        )
        return hit
