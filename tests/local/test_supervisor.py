"""The supervisor with real processes: order, readiness, restarts, and stopping what does not want to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from local.identity import ProcessIdentity
from local.part import Backoff, NotReady, Part, PartError, Report, State
from local.supervisor import Supervisor
from tests.waiting import eventually

_SLEEPS = "exec sleep 600"


def shell_part(name: str, script: str = _SLEEPS, **more: object) -> Part:
    """A part that runs a shell script."""
    part = Part(
        name=name,
        title=name.title(),
        command=["sh", "-c", script],
        environment=os.environ,
        directory=Path("/"),
    )
    return replace(part, **more)  # type: ignore[arg-type]  # any field of Part


@dataclass
class Running:
    """A supervisor, what it reported, and which processes it says there are."""

    supervisor: Supervisor
    news: list[Report] = field(default_factory=list)
    processes: Mapping[str, ProcessIdentity] = field(default_factory=dict)

    def heard(self, state: State) -> list[str]:
        """The parts with news of this state, in the order of the news."""
        return [news.part for news in self.news if news.state is state]

    async def until(self, part: str, state: State, times: int = 1) -> Report:
        """Wait until a state has been reported of the part so many times; the last such report."""

        async def look() -> list[Report]:
            return [news for news in self.news if (news.part, news.state) == (part, state)]

        return (await eventually(look, lambda found: len(found) >= times))[times - 1]


def supervise(parts: list[Part], logs: Path, backoff: Backoff | None = None) -> Running:
    def changed(processes: Mapping[str, ProcessIdentity]) -> None:
        running.processes = dict(processes)

    def report(news: Report) -> None:
        running.news.append(news)

    running = Running(Supervisor(parts, logs=logs, report=report, changed=changed, backoff=backoff))
    return running


@asynccontextmanager
async def started(parts: list[Part], logs: Path, backoff: Backoff | None = None) -> AsyncIterator[Running]:
    """Parts that are up; killed in the end."""
    running = supervise(parts, logs, backoff)
    try:
        await running.supervisor.start()
        yield running
    finally:
        running.supervisor.kill()
        await running.supervisor.stop()


async def test_part_waits_for_the_ones_it_needs(tmp_path: Path) -> None:
    made = tmp_path / "made"
    parts = [
        replace(shell_part("last"), command=["tail", "-f", str(made)], after=("make",)),
        shell_part("make", f"touch {made}", one_shot=True),
    ]
    async with started(parts, tmp_path) as running:
        assert running.heard(State.DONE) == ["make"]
        assert running.heard(State.READY) == ["last"]
        assert list(running.processes) == ["last"]
        assert running.processes["last"].is_alive()


async def test_part_is_ready_when_its_check_says_so(tmp_path: Path) -> None:
    serves = tmp_path / "serves"

    async def ready(pid: int) -> None:
        assert pid > 0
        if not serves.exists():
            raise NotReady("it does not serve yet")

    async with started([shell_part("slow", f"touch {serves}; {_SLEEPS}", ready=ready)], tmp_path):
        assert serves.exists()


async def test_part_that_is_never_ready_is_explained_with_its_log(tmp_path: Path) -> None:
    async def ready(_: int) -> None:
        raise NotReady("port 1 is closed")

    part = shell_part("stuck", f"echo 'waiting for the moon'; {_SLEEPS}", ready=ready, patience=0.5)
    running = supervise([part], tmp_path)
    with pytest.raises(PartError) as caught:
        await running.supervisor.start()
    await running.supervisor.stop()

    assert "Stuck is not ready after 0 s: port 1 is closed" in str(caught.value)
    assert "waiting for the moon" in str(caught.value)
    assert str(tmp_path / "stuck.log") in str(caught.value)
    assert running.processes == {}


async def test_part_that_ends_while_starting_fails_at_once(tmp_path: Path) -> None:
    async def ready(_: int) -> None:
        raise NotReady("nothing there")

    running = supervise([shell_part("broken", "echo 'no such file' >&2; exit 3", ready=ready)], tmp_path)
    with pytest.raises(PartError, match=r"Broken ended with exit code 3(.|\n)*no such file"):
        await running.supervisor.start()
    await running.supervisor.stop()


async def test_failure_of_one_part_leaves_none_running(tmp_path: Path) -> None:
    parts = [shell_part("good"), shell_part("bad", "exit 1", one_shot=True, after=("good",))]
    running = supervise(parts, tmp_path)
    with pytest.raises(PartError, match="Bad ended with exit code 1"):
        await running.supervisor.start()
    good = running.processes["good"]
    await running.supervisor.stop()

    assert not good.is_alive()
    assert running.processes == {}


async def test_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    part = replace(shell_part("missing"), command=["/no/such/program"])
    running = supervise([part], tmp_path)
    with pytest.raises(PartError, match=r"Missing cannot be run: .*/no/such/program"):
        await running.supervisor.start()
    await running.supervisor.stop()


async def test_killed_part_is_started_again_as_another_process(tmp_path: Path) -> None:
    api = replace(shell_part("api"), command=["sleep", "600"])
    async with started([api], tmp_path, Backoff(first=0.01)) as running:
        before = running.processes["api"]
        os.kill(before.pid, signal.SIGKILL)
        ended = await running.until("api", State.ENDED)
        await running.until("api", State.READY, times=2)

        assert "SIGKILL" in ended.detail
        assert running.processes["api"].pid != before.pid
        assert running.processes["api"].is_alive()


async def test_part_that_keeps_ending_waits_longer_each_time(tmp_path: Path) -> None:
    async with started([shell_part("flaky", "exit 1")], tmp_path, Backoff(0.01, 0.04)) as running:
        details = [(await running.until("flaky", State.ENDED, times)).detail for times in (1, 2, 3, 4)]

    delays = [detail.partition("again in ")[2] for detail in details]
    assert delays == ["0.01 s", "0.02 s", "0.04 s", "0.04 s"]


def test_delay_begins_anew_after_a_healthy_time() -> None:
    delays = Backoff(first=0.5, longest=30.0, healthy_after=60.0).delays()
    assert [delays.after(1.0) for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert delays.after(60.0) == 0.5
    assert delays.after(59.0) == 1.0


async def test_parts_stop_in_reverse_order(tmp_path: Path) -> None:
    parts = [
        shell_part("database"),
        shell_part("worker", after=("database",)),
        shell_part("api", after=("worker",)),
    ]
    async with started(parts, tmp_path) as running:
        processes = dict(running.processes)
        await running.supervisor.stop()

        assert running.heard(State.STOPPED) == ["api", "worker", "database"]
        assert [process.is_alive() for process in processes.values()] == [False] * 3
        assert running.heard(State.ENDED) == []


async def test_part_that_ignores_the_signal_is_killed_with_what_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f"trap '' TERM; sleep 600 & echo $! > {pid_file}; while true; do wait; done"

    async def ready(_: int) -> None:
        if not pid_file.exists() or not pid_file.read_text().endswith("\n"):
            raise NotReady("no child yet")

    async with started([shell_part("deaf", script, ready=ready, stop_patience=0.2)], tmp_path) as running:
        child = ProcessIdentity.of(int(pid_file.read_text()))
        assert child is not None
        await running.supervisor.stop()

        assert "killed" in running.news[-1].detail

        async def child_is_alive() -> bool:
            return child.is_alive()

        # Both were killed at once, but each dies when its turn comes, and only the part itself is waited for.
        await eventually(child_is_alive, lambda alive: not alive, within=10)


async def test_kill_ends_a_stop_that_takes_long(tmp_path: Path) -> None:
    trapped = tmp_path / "trapped"
    script = f"trap '' TERM; touch {trapped}; while true; do sleep 0.1; done"

    async def ready(_: int) -> None:
        if not trapped.exists():
            raise NotReady("not deaf yet")

    async with started([shell_part("deaf", script, ready=ready, stop_patience=600)], tmp_path) as running:
        stopping = asyncio.create_task(running.supervisor.stop())
        running.supervisor.kill()
        await asyncio.wait_for(stopping, 10)

        assert running.processes == {}


async def test_part_waiting_to_be_started_again_is_not_started_after_a_stop(tmp_path: Path) -> None:
    async with started([shell_part("flaky", "exit 1")], tmp_path, Backoff(first=600)) as running:
        await running.until("flaky", State.ENDED)
        await asyncio.wait_for(running.supervisor.stop(), 10)

        assert running.heard(State.RESTARTING) == []
        assert running.processes == {}


async def test_part_writes_to_its_log(tmp_path: Path) -> None:
    script = f"{sys.executable} -c 'import sys; print(1); print(2, file=sys.stderr)'"
    async with started([shell_part("chatty", script, one_shot=True)], tmp_path):
        assert sorted((tmp_path / "chatty.log").read_text().split()) == ["1", "2"]
