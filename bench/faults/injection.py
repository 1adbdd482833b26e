"""What goes wrong on purpose, and how often it did."""

from dataclasses import dataclass

from bench.faults.town import JSON, Town

API_FAULTS: tuple[JSON, ...] = (
    {"kind": "lost_answer", "method": "POST", "probability": 0.06},
    {"kind": "error_500", "probability": 0.05},
    {"kind": "error_500_after_effect", "method": "POST", "replay": "error", "probability": 0.03},
    {"kind": "rate_limit_429", "seconds": 1, "probability": 0.05},
    {"kind": "slow", "seconds": 0.7, "probability": 0.03},
)
WEBHOOK_FAULTS: tuple[JSON, ...] = (
    {"kind": "lost", "probability": 0.15},
    {"kind": "doubled", "probability": 0.15},
    {"kind": "delayed", "seconds": 3, "probability": 0.15},
    {"kind": "reordered", "seconds": 1.5, "probability": 0.4},
)
_SCOPES = {"faults": API_FAULTS, "webhook-faults": WEBHOOK_FAULTS}


@dataclass(frozen=True)
class Injected:
    """One kind of fault: how many calls or events it could have hit, and how many it did."""

    where: str
    kind: str
    matched: int
    hit: int


async def arm(town: Town, seed: int) -> None:
    """Switch all faults on."""
    for path, faults in _SCOPES.items():
        for number, fault in enumerate(faults):
            await town.sandbox("POST", path, fault | {"seed": seed + number})


async def disarm(town: Town) -> list[Injected]:
    """Switch them off and tell what they did."""
    told = []
    for path in _SCOPES:
        listed = (await town.sandbox("GET", path))["faults"]
        where = "webhooks" if path == "webhook-faults" else "Stripe's answers"
        told += [Injected(where, each["kind"], each["matched"], each["fired"]) for each in listed]
        await town.sandbox("DELETE", path)
    return told
