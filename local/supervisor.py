"""Starting the parts in order, keeping them running, and stopping them in reverse order."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.child import Child, describe_end
from local.identity import ProcessIdentity
from local.part import Backoff, Part, PartError, Report, Reporter, State

Changed = Callable[[Mapping[str, ProcessIdentity]], None]


def _ignore(_: Mapping[str, ProcessIdentity]) -> None:
    return


class Supervisor:
    """Runs parts, each after the ones it needs, with one log each in `logs`.

    `report` hears the news; `changed` gets the identities of the running processes whenever one comes or
    goes.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        logs: Path,
        report: Reporter,
        changed: Changed = _ignore,
        backoff: Backoff | None = None,
    ) -> None:
        self._parts = parts
        self._logs = logs
        self._report = report
        self._changed = changed
        self._backoff = backoff or Backoff()
        self._children: dict[str, Child] = {}  # in the order of their first start
        self._keepers: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._spawning = asyncio.Lock()

    async def start(self) -> None:
        """Start everything; raises PartError for the first part that does not come up."""
        ready = {part.name: asyncio.Event() for part in self._parts}
        try:
            async with asyncio.TaskGroup() as group:
                for part in self._parts:
                    group.create_task(self._bring_up(part, ready), name=f"start {part.name}")
        except* PartError as errors:
            raise errors.exceptions[0] from None

    async def stop(self) -> None:
        """Stop everything in reverse order of starting; what does not stop in time is killed."""
        self._stopping.set()
        async with self._spawning:  # a start under way comes to its end, and no other begins
            children = list(reversed(self._children.values()))
        for child in children:
            begun = time.monotonic()
            clean = await child.stop()
            took = time.monotonic() - begun
            detail = "" if clean else f"killed after {child.part.stop_patience:.0f} s"
            self._report(Report(child.part.name, child.part.title, State.STOPPED, took, detail))
            self._forget(child)
        if self._keepers:
            await asyncio.wait(self._keepers)

    def kill(self) -> None:
        """Kill everything at once; `stop` then has nothing left to wait for."""
        self._stopping.set()
        for child in self._children.values():
            child.kill()

    async def _bring_up(self, part: Part, ready: Mapping[str, asyncio.Event]) -> None:
        for name in part.after:
            await ready[name].wait()
        begun = time.monotonic()
        self._report(Report(part.name, part.title, State.STARTING))
        try:
            await part.prepare()
            child = await self._spawn(part)
            await (child.wait_until_done() if part.one_shot else child.wait_until_ready())
            await part.finish()
        except PartError as error:
            self._report(Report(part.name, part.title, State.FAILED, time.monotonic() - begun, str(error)))
            raise
        if part.one_shot:
            self._forget(child)
        else:
            keeper = asyncio.create_task(self._keep(child), name=f"keep {part.name}")
            self._keepers.add(keeper)
            keeper.add_done_callback(self._keepers.discard)
        state = State.DONE if part.one_shot else State.READY
        self._report(Report(part.name, part.title, state, time.monotonic() - begun))
        ready[part.name].set()

    async def _keep(self, child: Child) -> None:
        """Start the part again whenever it ends, until the stack stops."""
        delays = self._backoff.delays()
        part = child.part
        while True:
            await child.ended
            if self._stopping.is_set():
                return
            delay = delays.after(child.lasted)
            how = f"{describe_end(child.ended.result())}; starting it again in {delay:g} s"
            self._report(Report(part.name, part.title, State.ENDED, child.lasted, how))
            if await self._stops_within(delay):
                return
            child = await self._start_again(part, child)

    async def _start_again(self, part: Part, previous: Child) -> Child:
        """The new process, or the ended one if none could be started; the keeper then tries again."""
        try:
            await part.prepare()
            child = await self._spawn(part)
        except PartError as error:
            self._report(Report(part.name, part.title, State.FAILED, 0.0, str(error)))
            return previous
        self._report(Report(part.name, part.title, State.RESTARTING))
        try:
            await child.wait_until_ready()
        except PartError as error:
            if not self._stopping.is_set():
                self._report(Report(part.name, part.title, State.FAILED, child.lasted, str(error)))
        else:
            self._report(Report(part.name, part.title, State.READY, child.lasted, "runs again"))
        return child

    async def _stops_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _spawn(self, part: Part) -> Child:
        async with self._spawning:
            if self._stopping.is_set():
                raise PartError("The stack is stopping")
            child = await Child.start(part, self._logs / f"{part.name}.log")
            self._children[part.name] = child
            self._tell()
        return child

    def _forget(self, child: Child) -> None:
        if self._children.get(child.part.name) is child:
            del self._children[child.part.name]
            self._tell()

    def _tell(self) -> None:
        identities = {name: child.identity for name, child in self._children.items()}
        self._changed({name: identity for name, identity in identities.items() if identity is not None})
