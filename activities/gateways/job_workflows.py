"""What reconciliation needs of the engine that runs bulk changes and imports."""

from typing import Protocol


class JobWorkflows(Protocol):
    """The workflows of a vendor's bulk changes and imports; each goes on with what is stored."""

    async def bulk_change_runs(self, job_id: int) -> bool:
        """Whether a bulk change is being worked through."""

    async def begin_bulk_change(self, *, vendor_id: int, job_id: int, status: str, total: int) -> bool:
        """Have a bulk change worked through; False when it is."""

    async def begin_import(self, *, vendor_id: int, import_id: int) -> bool:
        """Have a stored file of products go its way; False when it does."""
