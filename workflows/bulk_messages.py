"""What starts a bulk change of statuses, what can be asked of it, and how far it is."""

from dataclasses import dataclass

from activities.bulk_messages import BulkJobRef, BulkProgress

__all__ = [
    "BULK_STATUS_WORKFLOW",
    "CANCEL_BULK",
    "PAUSE_BULK",
    "RESUME_BULK",
    "BulkProgress",
    "BulkStatus",
    "bulk_status_id",
    "bulk_summary",
]

BULK_STATUS_WORKFLOW = "BulkStatusWorkflow"
PAUSE_BULK = "pause"
RESUME_BULK = "resume"
CANCEL_BULK = "cancel"


@dataclass(frozen=True)
class BulkStatus:
    """Which job to work through; `shift` and `patience` are seconds, see BulkShift.

    What is to change, and how far it is, is in the job's rows.
    """

    vendor_id: int
    job_id: int
    status: str
    shift: float = 30.0
    patience: float = 900.0

    @property
    def job(self) -> BulkJobRef:
        return BulkJobRef(self.vendor_id, self.job_id)


def bulk_status_id(job_id: int) -> str:
    """The workflow of a job; there is one."""
    return f"bulk-status-{job_id}"


def bulk_summary(total: int, status: str) -> str:
    """The line beside the workflow id in the Temporal UI."""
    return f"{total} orders → {status}"
