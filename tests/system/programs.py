"""Orion's processes as they run in production, to be killed, stopped and started again."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from local.part import NotReady
from local.readiness import TemporalProbe
from settings import Settings
from tests.fixtures.ports import answers

PROJECT = Path(__file__).parents[2]
START = 90.0  # seconds; a busy machine takes ten for the imports alone


def environment(settings: Settings, **changes: object) -> dict[str, str]:
    """The variables that make a process read these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
    given = settings.model_dump(exclude_none=True) | changes
    plain = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
    }
    return (
        kept
        | {f"ORION_{name.upper()}": value for name, value in plain.items()}
        | {
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
        }
    )


@dataclass(frozen=True)
class Program:
    """A running process and the file that it logs to."""

    process: subprocess.Popen[bytes]
    log: Path

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, within: float = 30) -> int:
        """Its exit code; fails when it has not ended after `within` seconds."""
        return await asyncio.to_thread(self.process.wait, within)

    async def kill(self) -> None:
        """End it without a chance to say goodbye."""
        self.send(signal.SIGKILL)
        await self.ended()


def run(command: list[str], log: Path, **options: object) -> Program:
    """Start a process with its output in `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)  # type: ignore[call-overload]  # options are Popen's own
    return Program(process, log)


@dataclass
class Programs:
    """Starts processes of the API and the worker; `close` ends those that are left."""

    directory: Path
    settings: Settings
    started: list[Program] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def api(self, port: int, **changes: object) -> Program:
        """`python -m api` on a port; `changes` are settings that differ."""
        program = self._start("api", api_port=port, **changes)
        await answers(f"http://127.0.0.1:{port}/healthz", within=START)
        return program

    async def worker(self, **changes: object) -> Program:
        """`python -m worker`, polling."""
        program = self._start("worker", **changes)
        await self._polled_by(program)
        return program

    def log(self, name: str) -> str:
        """What all processes of a kind have logged."""
        return "".join(file.read_text() for file in sorted(self.directory.glob(f"{name}-*.log")))

    def close(self) -> None:
        """Kill whatever still runs."""
        for program in self.started:
            if program.process.poll() is None:
                program.process.kill()
            program.process.wait(10)

    def _start(self, name: str, **changes: object) -> Program:
        program = run(
            [sys.executable, "-m", name],
            self.directory / f"{name}-{next(self._numbers)}.log",
            cwd=self.directory,
            env=environment(self.settings, **changes),
        )
        self.started.append(program)
        return program

    async def _polled_by(self, program: Program) -> None:
        settings = self.settings
        probe = TemporalProbe(settings.temporal_address, settings.temporal_namespace, settings.task_queue)
        async with asyncio.timeout(START):
            while True:
                try:
                    await probe.is_polled_by(program.process.pid)
                except NotReady:
                    await asyncio.sleep(0.05)
                else:
                    return
