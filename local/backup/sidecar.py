"""What is written beside a backup: when it was taken, and what has to be in it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from local.errors import StackError

_FORMAT = 1


@dataclass(frozen=True)
class Sidecar:
    """`taken_at` is the moment whose state the backup has; `rows` counts those of each table then."""

    taken_at: datetime
    database: str
    revision: str
    server_version: str
    rows: dict[str, int]
    size: int
    sha256: str

    def to_json(self) -> str:
        """As it is written."""
        facts = asdict(self) | {"format": _FORMAT, "taken_at": self.taken_at.isoformat()}
        return json.dumps(facts, indent=2) + "\n"


def sidecar_of(file: Path) -> Path:
    """Where a backup's sidecar is."""
    return file.with_name(f"{file.name}.json")


def read_sidecar(file: Path) -> Sidecar | None:
    """The sidecar of a backup; None where it was lost. Raises StackError for one that cannot be read."""
    try:
        facts = json.loads(sidecar_of(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{sidecar_of(file)} cannot be read: {error}") from None
    if not isinstance(facts, dict) or facts.pop("format", None) != _FORMAT:
        raise StackError(f"{sidecar_of(file)} is of another version of Orion.")
    try:
        return Sidecar(**facts | {"taken_at": datetime.fromisoformat(facts["taken_at"])})
    except (KeyError, TypeError, ValueError) as error:
        raise StackError(f"{sidecar_of(file)} cannot be read: {error}") from None


def digest(file: Path) -> str:
    """The file's SHA-256."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
