"""Workers that die at one boundary, for a test that knows nothing of it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from settings import Settings
from tests.system.programs import PROJECT, environment
from tests.workflows.dying.boundaries import Boundary


@dataclass
class Nursery:
    """The process that forks them; started when it is needed first."""

    process: subprocess.Popen[str] | None = None

    def tell(self, job: dict[str, object]) -> None:
        """Hand a job over; the one before ends."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.workflows.dying.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=PROJECT,
                start_new_session=True,  # Ctrl-C is for whoever started the tests; it ends when they do
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(job), file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "done\n", "the nursery died"

    def close(self) -> None:
        """End it with its last child."""
        if self.process is not None:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.close()
            self.process.wait(30)
            self.process.stdout.close()


@asynccontextmanager
async def dying_worker(
    nursery: Nursery, settings: Settings, boundary: Boundary, directory: Path
) -> AsyncIterator[None]:
    """A worker that dies there, and its successor; fails unless it did."""
    struck, log = directory / "struck", directory / "worker.log"
    job = {
        "environment": environment(settings, workflow_sandbox=False),
        "log": str(log),
        "struck": str(struck),
        "workflow": boundary.step.workflow,
        "step": boundary.step.name,
        "moment": boundary.moment,
        "transaction": boundary.transaction,
    }
    await asyncio.to_thread(nursery.tell, job)
    try:
        yield
    finally:
        await asyncio.to_thread(nursery.tell, {})
    assert struck.exists(), f"nothing died at {boundary}"
    assert struck.read_text() == ""
