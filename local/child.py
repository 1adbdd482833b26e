"""A running process of a part."""

import asyncio
import signal
import time
from contextlib import suppress
from pathlib import Path

from local.identity import ProcessIdentity, kill_group
from local.part import NotReady, Part, PartError, tail

_PROBE_SECONDS = 5.0
_PAUSE = 0.05


class Child:
    """One process of a part, in a session of its own, so that Ctrl-C on the terminal reaches only us."""

    def __init__(self, part: Part, process: asyncio.subprocess.Process, log: Path) -> None:
        self.part = part
        self.pid = process.pid
        self.identity = ProcessIdentity.of(process.pid, part.command, part.stop_signal)
        self.begun = time.monotonic()
        self._process = process
        self._log = log
        self.ended = asyncio.create_task(process.wait(), name=f"{part.name} ends")

    @classmethod
    async def start(cls, part: Part, log: Path) -> "Child":
        """Run the part's command with its output appended to `log`; raises PartError when that fails."""
        account = part.account
        with log.open("ab") as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *part.command,
                    cwd=part.directory,
                    env=dict(part.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                )
            except OSError as error:
                raise PartError(f"{part.title} cannot be run: {error}") from error
        return cls(part, process, log)

    @property
    def lasted(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.begun

    async def wait_until_ready(self) -> None:
        """Return once the part serves; raises PartError when it ends before or takes too long."""
        reason = "nothing was heard of it"
        while self.lasted < self.part.patience:
            if self.ended.done():
                raise PartError(self._explain(f"{self.part.title} {describe_end(self.ended.result())}."))
            try:
                await asyncio.wait_for(self.part.ready(self.pid), _PROBE_SECONDS)
            except NotReady as error:
                reason = str(error)
            except TimeoutError:
                reason = f"no answer within {_PROBE_SECONDS:.0f} s"
            else:
                return
            await asyncio.wait({self.ended}, timeout=_PAUSE)
        waited = f"{self.part.title} is not ready after {self.part.patience:.0f} s: {reason}."
        raise PartError(self._explain(waited))

    async def wait_until_done(self) -> None:
        """Return once a one-shot command has succeeded; raises PartError when it fails or takes too long."""
        await asyncio.wait({self.ended}, timeout=self.part.patience)
        if not self.ended.done():
            raise PartError(self._explain(f"{self.part.title} did not finish in {self.part.patience:.0f} s."))
        if self.ended.result() != 0:
            raise PartError(self._explain(f"{self.part.title} {describe_end(self.ended.result())}."))

    async def stop(self) -> bool:
        """Ask the process to stop, then kill it; False when it had to be killed."""
        if self.ended.done():
            return True
        with suppress(ProcessLookupError):
            self._process.send_signal(self.part.stop_signal)
        await asyncio.wait({self.ended}, timeout=self.part.stop_patience)
        if self.ended.done():
            return True
        self.kill()
        await self.ended
        return False

    def kill(self) -> None:
        """Kill the process and what it started."""
        if not self.ended.done():
            kill_group(self.pid)

    def _explain(self, sentence: str) -> str:
        lines = tail(self._log)
        return f"{sentence} {self._log} ends with:\n{lines}" if lines else f"{sentence} {self._log} is empty."


def describe_end(code: int) -> str:
    """How a process ended, as a part of a sentence."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}"
