"""Running the `orion` command in a home of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.deployment.compose import ROOT

_SECONDS = 170


@dataclass(frozen=True)
class Orion:
    """The command line with `$ORION_HOME` set and ports chosen freely."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """This process's variables without what is set for another stack."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("ORION_")}
        return own | {"ORION_HOME": str(self.home), "ORION_PORTS": "auto", "PYTHONPATH": str(ROOT)}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *arguments],
            cwd=self.home,
            env=self.environment | variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )

    def json(self, name: str) -> dict[str, Any]:
        """One of the home's files."""
        document: dict[str, Any] = json.loads((self.home / name).read_text(encoding="utf-8"))
        return document

    @property
    def stack(self) -> dict[str, Any]:
        """What `stack.json` says now."""
        return self.json("stack.json")

    def processes(self) -> list[str]:
        """The command lines of all processes that run for this home, however they came to be."""
        found = []
        for process in psutil.process_iter():
            try:
                command = process.cmdline()
                ours = process.environ().get("ORION_HOME") == str(self.home)
            except psutil.Error:
                continue
            if ours or any(str(self.home) in word for word in command):
                found.append(" ".join(command))
        return found
