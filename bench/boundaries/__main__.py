"""`python -m bench.boundaries`: a worker, or its database connection, dies at every boundary of every step.

The scenarios of the workflow tests are lived through once for each boundary that their recorded histories
have; their own assertions say what has to be true in the end.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from rich import box
from rich.console import Console
from rich.table import Table

from local.terminal import console
from tests.workflows.dying.boundaries import Boundary, Moment, boundaries
from tests.workflows.dying.scenarios import uncovered

_PROJECT = Path(__file__).parents[2]


def main() -> int:
    """Run and return the exit code: 0 when everything held at all boundaries, 130 when stopped."""
    parser = argparse.ArgumentParser(prog="python -m bench.boundaries", description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="how many share the work (%(default)s)")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="scenarios and boundaries, as pytest's -k"
    )
    given = parser.parse_args()
    output = console()
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        try:
            _live(report, processes=given.processes, only=given.only)
        except KeyboardInterrupt:
            output.print("Stopped.")
            return 130
        outcomes = read_outcomes(report.read_text()) if report.exists() else {}
    return show(outcomes, output)


def _live(report: Path, *, processes: int, only: str) -> None:
    options = [
        "-n",
        str(processes),
        "-k",
        only,
        "--timeout",
        "400",
        f"--junitxml={report}",
        "--no-header",
        "-q",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "tests/workflows", *options],
        cwd=_PROJECT,
        env=os.environ | {"ORION_EVERY_BOUNDARY": "1"},
    ) as run:
        try:
            run.wait()
        except KeyboardInterrupt:
            run.wait()  # it was told as well, and clears up
            raise


def read_outcomes(report: str) -> dict[Boundary, bool]:
    """Whether everything held, for each boundary that was tried."""
    names = {str(boundary): boundary for boundary in boundaries()}
    outcomes: dict[Boundary, bool] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314 -- pytest has just written it
        parameters = case.get("name", "").partition("[")[2].rstrip("]")
        found = max((name for name in names if name in parameters), key=len, default=None)
        if found is not None:
            held = all(case.find(kind) is None for kind in ("failure", "error", "skipped"))
            outcomes[names[found]] = outcomes.get(names[found], True) and held
    return outcomes


def show(outcomes: Mapping[Boundary, bool], output: Console) -> int:
    """Print what held at which step, and what was not tried; the exit code."""
    table = Table(title="Where something died", box=box.SIMPLE, title_justify="left", pad_edge=False)
    for column in ("step", *Moment):
        table.add_column(column)
    wanted = boundaries()
    for step in sorted({boundary.step for boundary in wanted}):
        cells = [
            _cell([b for b in wanted if (b.step, b.moment) == (step, moment)], outcomes) for moment in Moment
        ]
        table.add_row(f"{step.workflow.removesuffix('Workflow')} {step.name}", *cells)
    output.print(table)
    without = uncovered()
    for step in without:
        output.print(f"No scenario reaches {step.name} of {step.workflow}", style="red")
    held = sum(outcomes.values())
    output.print(f"{held} of {len(wanted)} boundaries covered, {len(outcomes) - held} broken")
    return 0 if held == len(wanted) and not without else 1


def _cell(wanted: list[Boundary], outcomes: Mapping[Boundary, bool]) -> str:
    """Several transactions of a step have a word each."""
    words = {True: "holds", False: "BROKEN", None: "not tried"}
    return ", ".join(words[outcomes.get(boundary)] for boundary in wanted) or "none"


if __name__ == "__main__":
    sys.exit(main())
