"""CPU time and memory of the stack's processes."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

# PostgreSQL runs a process for each connection; all others do their work in one.
_WITH_CHILDREN = frozenset({"postgres"})


@dataclass(frozen=True)
class Processes:
    """The processes of a run by their part's name."""

    pids: Mapping[str, int]

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time since each process began, in user and system mode."""
        return {name: self._cpu(name, pid) for name, pid in self.pids.items()}

    def resident_bytes(self, name: str) -> int:
        """The memory that a process holds now."""
        resident: int = psutil.Process(self.pids[name]).memory_info().rss
        return resident

    def _cpu(self, name: str, pid: int) -> float:
        process = psutil.Process(pid)
        times = process.cpu_times()
        seconds: float = times.user + times.system
        if name not in _WITH_CHILDREN:
            return seconds
        # Children that have ended are in the parent's own account, where the system keeps one.
        seconds += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        for child in process.children(recursive=True):
            try:
                own = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += own.user + own.system
        return seconds


def spent(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """The processor seconds between two readings."""
    return {name: after[name] - before[name] for name in before}
