"""What the workflow of a bulk change hands to its activities and gets back: ids and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BulkJobRef:
    """The job a step works for."""

    vendor_id: int
    job_id: int


@dataclass(frozen=True)
class MoveBulkJob:
    """Have a job running, paused or cancelled."""

    job: BulkJobRef
    state: str


@dataclass(frozen=True)
class BulkShift:
    """Work on a job for so many seconds; `patience` is how long a single order may take to answer."""

    job: BulkJobRef
    seconds: float
    patience: float


@dataclass(frozen=True)
class BulkProgress:
    """How far a job is; `open` is how many orders are not settled."""

    state: str
    total: int
    changed: int
    unchanged: int
    refused: int
    failed: int
    cancelled: int
    open: int
