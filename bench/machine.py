"""The machine that a run was measured on, and how busy it was."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version

import psutil


@dataclass(frozen=True)
class Machine:
    """`load_before` is the number of runnable processes in the minute before the run's own ones."""

    system: str
    processors: int
    memory_gib: float
    python: str
    temporalio: str
    load_before: float


def this_machine() -> Machine:
    """The machine as it is now."""
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processors=os.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        python=platform.python_version(),
        temporalio=version("temporalio"),
        load_before=round(os.getloadavg()[0], 2),
    )
