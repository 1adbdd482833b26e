"""Knowing a process again, and ending one that is not our child."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil

_TOLERANCE = 1.0  # seconds; the system's idea of when a process started moves with its clock


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process by number, start time (seconds since 1970) and command line, since numbers are used again."""

    pid: int
    started: float
    command: tuple[str, ...]
    stop_signal: int = signal.SIGTERM

    @classmethod
    def of(
        cls, pid: int, command: Sequence[str] = (), stop_signal: int = signal.SIGTERM
    ) -> "ProcessIdentity | None":
        """The identity of a process that runs now, or None.

        Name the `command` of a process that has just been started: for a moment it has none of its own.
        """
        try:
            process = psutil.Process(pid)
            return cls(pid, process.create_time(), tuple(command or process.cmdline()), stop_signal)
        except psutil.Error:
            return None

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> "ProcessIdentity":
        """The inverse of `to_json`."""
        return cls(document["pid"], document["started"], tuple(document["command"]), document["stop_signal"])

    def to_json(self) -> dict[str, Any]:
        """The identity as JSON values."""
        return {
            "pid": self.pid,
            "started": self.started,
            "command": list(self.command),
            "stop_signal": int(self.stop_signal),
        }

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            command: list[str] = process.cmdline()
            started: float = process.create_time()
        except psutil.Error:
            return False
        # A process just started has no command yet; its first word may be a link there and its target here.
        same_command = not command or command[1:] == list(self.command[1:])
        return same_command and abs(started - self.started) <= _TOLERANCE


def end(process: ProcessIdentity, patience: float = 10.0) -> bool:
    """Stop a process and, after `patience` seconds, kill it with its group; True when it did run."""
    if not process.is_alive():
        return False
    _send(process.pid, process.stop_signal)
    if not _wait_until_gone(process, patience):
        kill_group(process.pid)
        _wait_until_gone(process, 5.0)
    return True


def kill_group(pid: int) -> None:
    """Kill a process that leads its group, and the group; a process without one of its own alone."""
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _wait_until_gone(process: ProcessIdentity, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.is_alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
