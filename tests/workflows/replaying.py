"""Recorded histories: written from scenarios, and replayed against the code as it is."""

import json
import re
import sysconfig
from importlib.metadata import version
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from worker.composition import WORKFLOWS, workflow_runner
from workflows.conversion import DATA_CONVERTER

HISTORIES = Path(__file__).parent / "histories"
PROJECT = Path(__file__).parents[2]


async def replay(history: WorkflowHistory) -> None:
    """Run the present workflow code over a history; raises when it would now do something else."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=DATA_CONVERTER,
        workflow_runner=workflow_runner(sandboxed=True),
    )
    await replayer.replay_workflow(history)


def write(history: WorkflowHistory, scenario: str) -> None:
    """Keep a history under this release and the scenario's name, without what differs between machines."""
    recorded = json.loads(history.to_json())
    text = json.dumps(recorded, indent=1, sort_keys=True)
    text = re.sub(r'"identity": "[^"]*"', '"identity": "orion"', text)
    for place in (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), str(PROJECT)):
        text = text.replace(f"{place}/", "")
    release = HISTORIES / version("orion-orders")
    release.mkdir(parents=True, exist_ok=True)
    name = scenario.replace("[", "-").replace("]", "")  # a parametrised test's
    (release / f"{name}.json").write_text(text + "\n")


def read(path: Path) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json(path.stem, path.read_text())
