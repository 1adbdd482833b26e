"""CPU time and memory of the stack's processes."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

# PostgreSQL runs a process for each connection; all others do their work in one.
_WITH_CHILDREN = frozenset({"postgres"})

# What the name of a part's second process has behind the part's own.
TWIN = " #"


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

    def memory_bytes(self, name: str) -> int:
        """The memory that a part holds now; what its processes share counts once."""
        process = psutil.Process(self.pids[name])
        if name not in _WITH_CHILDREN:
            return self.resident_bytes(name)
        held: int = 0
        for each in (process, *process.children(recursive=True)):
            try:
                full = each.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            held += getattr(full, "pss", full.uss)  # only Linux knows a process's share of shared memory
        return held

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
    """The processor seconds between two readings; further processes of a part count as that part."""
    seconds: dict[str, float] = {}
    for name in before:
        part = name.split(TWIN)[0]
        seconds[part] = seconds.get(part, 0.0) + after[name] - before[name]
    return seconds
