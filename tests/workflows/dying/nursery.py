"""`python -m tests.workflows.dying.nursery`: a process that forks workers, so that a death costs no start.

It reads one job a line: the worker's settings, its log, and the boundary at which it dies. Whoever dies has a
successor at once, which lives until the next line says to stop.
"""

import json
import os
import selectors
import signal
import sys
import time
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

import worker.__main__ as program
from tests.workflows.dying.boundaries import Boundary, Moment, Step
from tests.workflows.dying.doom import Doom
from worker.composition import build_worker

_LOOK = 0.02
_PATIENCE = 10.0


def main() -> None:
    """Serve jobs until the other end hangs up."""
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
    child, job = 0, dict[str, Any]()
    while True:
        if selector.select(_LOOK):
            line = sys.stdin.readline()
            if child:
                _end(child)
                child = 0
            if not line:
                return
            job = json.loads(line)
            if job:
                child = _bear(job)
            print("done", flush=True)
        elif child and os.waitpid(child, os.WNOHANG)[0]:
            child = _bear(job)


def _bear(job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    log = os.open(job["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number in (1, 2):
        os.dup2(log, number)
    os.environ.update(job["environment"])
    struck = Path(job["struck"])
    if not struck.exists():
        _doom(Boundary(Step(job["workflow"], job["step"]), Moment(job["moment"]), job["transaction"]), struck)
    program.main()
    os._exit(1)


def _doom(boundary: Boundary, struck: Path) -> None:
    doom = Doom(boundary, struck)
    doom.watch_commits()

    def build(client: Client, *given: Any, **options: Any) -> Worker:  # noqa: ANN401 -- handed on
        doom.client = client
        return build_worker(client, *given, **options, interceptors=[doom])

    setattr(program, "build_worker", build)  # noqa: B010 -- it is imported there, not offered


def _end(child: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    os.kill(child, signal.SIGTERM)
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(_LOOK)


if __name__ == "__main__":
    main()
