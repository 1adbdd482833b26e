"""The directory of one local stack (`$ORION_HOME`) and the files in it."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.errors import StackError

DATA = ("postgres", "temporal", "stripe", "mail", "logs")


class ForeignHomeError(StackError):
    """The directory holds something that is not ours."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a stack keeps its data, logs and secrets; `path` is absolute."""

    path: Path

    @classmethod
    def from_environment(cls) -> "Home":
        """`$ORION_HOME`, else `.orion` in the current directory."""
        return cls(Path(os.environ.get("ORION_HOME") or ".orion").absolute())

    @property
    def stack_file(self) -> Path:
        """What clients of the running stack need, in the form of the contract."""
        return self.path / "stack.json"

    @property
    def processes_file(self) -> Path:
        """Which processes belong to the stack; outlives a supervisor that was killed."""
        return self.path / "processes.json"

    @property
    def secrets_file(self) -> Path:
        """The stack's keys and passwords."""
        return self.path / "secrets.json"

    @property
    def logs(self) -> Path:
        """One log for each part."""
        return self.path / "logs"

    def data(self, name: str) -> Path:
        """The data directory of a part, made when missing."""
        if name not in DATA:
            raise ValueError(f"{name} is no directory of a home")
        directory = self.path / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def create(self) -> None:
        """Make the directory; raises ForeignHomeError when it has data directories that are not a stack's."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self.secrets_file.exists():
            return
        foreign = [name for name in DATA if (self.path / name).exists()]
        if foreign:
            raise ForeignHomeError(
                f"{self.path} already has {', '.join(foreign)} and is no home of a stack:"
                " choose another ORION_HOME"
            )
        write_json(self.secrets_file, {})  # from now on it is ours

    def delete_data(self) -> None:
        """Delete the parts' data and logs; secrets stay. The stack must not run."""
        if not self.secrets_file.exists():
            return
        for name in DATA:
            directory = self.path / name
            if directory.is_symlink():
                raise ForeignHomeError(
                    f"{directory} is a link to somewhere else; delete its contents yourself"
                )
            if directory.exists():
                shutil.rmtree(directory)

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Be the one who runs this stack; yields False when somebody else does.

        The system releases the lock when its holder ends, however it ends.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def is_running(self) -> bool:
        """Whether a supervisor holds this home."""
        if not (self.path / "lock").exists():
            return False
        with self.lock() as free:
            return not free


def write_json(file: Path, document: object) -> None:
    """Replace a file in one step, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made with mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        json.dump(document, target, indent=2)
        target.write("\n")
    Path(name).replace(file)


def read_json(file: Path) -> dict[str, Any] | None:
    """A JSON object, or None when there is no such file."""
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return document
