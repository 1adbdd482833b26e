"""What the workflow of an import hands to its activities: ids and counts, never what is in the file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImportRef:
    """A vendor's import."""

    vendor_id: int
    import_id: int


@dataclass(frozen=True)
class DecideImport:
    """Somebody's decision about an import; None where nobody decided in time."""

    vendor_id: int
    import_id: int
    user_id: int | None
    leave_out_wrong: bool = False


@dataclass(frozen=True)
class CleanImports:
    """Files and rows that are older than this many seconds are deleted."""

    vendor_id: int
    older_than: float


@dataclass(frozen=True)
class ImportState:
    """How far an import is: its state, how often it was checked, and how many rows of each kind it has."""

    state: str
    checks: int
    new: int
    changed: int
    unchanged: int
    wrong: int
