"""What a run went through and what held: tables for the terminal, JSON for machines."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.chaos.deaths import How
from bench.chaos.rough_stack import MORTAL
from bench.chaos.trial import ChaosVerdict
from bench.faults import report as faults


def document(verdict: ChaosVerdict) -> dict[str, Any]:
    """The verdict for programs."""
    happened = [
        {"part": each.part, "how": each.how, "times": times} for each, times in verdict.happened.items()
    ]
    cuts = [{"wire": cut.wire, "direction": cut.direction, "times": cut.times} for cut in verdict.cuts]
    return faults.document(verdict.trial) | {
        "happened": happened,
        "cuts": cuts,
        "mails_repeated": verdict.mails_repeated,
    }


def write_json(verdict: ChaosVerdict, file: Path) -> None:
    """Write the verdict to a file."""
    file.write_text(json.dumps(document(verdict), indent=2) + "\n", encoding="utf-8")


def show(verdict: ChaosVerdict, console: Console) -> None:
    """Print what people did, what went wrong, what died, and each invariant."""
    times = {(each.part, each.how): number for each, number in verdict.happened.items()}
    rows = [(part, *(str(times.get((part, how), 0)) for how in How)) for part in MORTAL]
    console.print(faults.table("What died", ("part", *How), rows))
    cuts = {(cut.wire, cut.direction): cut.times for cut in verdict.cuts}
    wires = [
        (wire, *(str(cuts.get((wire, way), 0)) for way in ("request", "answer")))
        for wire in dict.fromkeys(cut.wire for cut in verdict.cuts)
    ]
    console.print(faults.table("What was cut", ("wire", "in a request", "in an answer"), wires))
    faults.show(verdict.trial, console)
    console.print(f"{verdict.mails_repeated} e-mails arrived twice, after their sending had been broken off")
