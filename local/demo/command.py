"""Running the demo: on the stack of this home, else on one of its own."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from local.demo.http import DemoError
from local.demo.steps import Steps
from local.demo.story import Record, Story
from local.environment import process_environment
from local.errors import StackError
from local.home import Home, read_json
from local.postgres_account import delete_outside
from local.terminal import console


def run_demo(home: Home, *, as_json: bool) -> int:
    """Tell the demo; with `as_json` the record goes to standard output and the steps to standard error."""
    output = console(error=as_json)
    record = Record()
    problem: str | None = None
    try:
        with _stack(home, output) as (stack, lives_on):
            steps = Steps(output)
            Story(stack, steps, record).tell()
            steps.say(f"\nEverything was seen, in {steps.total():.1f} s.")
            if lives_on:
                _say_where_to_look(steps, stack, record)
    except StackError as error:
        problem = str(error)
        output.print(f"\n{problem}", style="red", markup=False)
    if as_json:
        print(json.dumps(_document(record, problem), indent=2))
    return 1 if problem else 0


def _document(record: Record, problem: str | None) -> dict[str, Any]:
    document = {
        "order_number": record.order_number,
        "timeline": record.timeline,
        "emails": record.emails,
        "ok": problem is None,
    }
    return document | ({"error": problem} if problem else {})


def _say_where_to_look(steps: Steps, stack: dict[str, Any], record: Record) -> None:
    workflows = f"{stack['temporal_ui_url']}/namespaces/{stack['temporal_namespace']}/workflows"
    steps.say(f"  The order's workflow  {workflows}/{record.order_number}")
    steps.say(f"  The e-mails           {stack['mail_url']}")


@contextmanager
def _stack(home: Home, output: Console) -> Iterator[tuple[dict[str, Any], bool]]:
    """The running stack, or one made for the demo; True when it lives on afterwards."""
    document = read_json(home.stack_file)
    if document is not None and home.is_running():
        yield document, True
        return
    output.print("No stack is running: starting one for the demo.", markup=False)
    directory = Path(tempfile.mkdtemp(prefix="orion-demo-"))
    directory.chmod(0o711)  # PostgreSQL may run as another user; secrets have a mode of their own
    own = Home(directory)
    try:
        _orion(own, "up", "--detach")
        document = read_json(own.stack_file)
        if document is None:
            raise DemoError("The demo's own stack has ended")
        yield document, False
    finally:
        _orion(own, "down")
        delete_outside(own)
        shutil.rmtree(directory, ignore_errors=True)


def _orion(home: Home, *arguments: str) -> None:
    """Run the command in another process, its output among the steps."""
    environment = {
        name: value for name, value in process_environment().items() if not name.startswith("ORION_PORT_")
    }
    done = subprocess.run(
        [sys.executable, "-m", "local.cli", *arguments],
        cwd=home.path,
        env=environment | {"ORION_HOME": str(home.path), "ORION_PORTS": "auto"},
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode != 0:
        raise DemoError(f"`orion {' '.join(arguments)}` ended with {done.returncode}")
