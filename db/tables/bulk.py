"""Bulk changes: jobs, and what became of each of their orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Base, CreatedAt, Id, ParentVendorId, belongs_to

_STATUSES = "('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled')"


class BulkJob(Base):
    """Some orders that are to have `status`, because somebody of the vendor's said so.

    The numbers are what is settled so far; a job that was cancelled is over once `finished_at` is there.
    """

    __tablename__ = "bulk_jobs"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("created_by", "vendor_users"),
        UniqueConstraint("created_by", "idempotency_key"),
        CheckConstraint(f"status IN {_STATUSES}", "status"),
        CheckConstraint("state IN ('waiting', 'running', 'paused', 'completed', 'cancelled')", "state"),
        CheckConstraint(
            "changed >= 0 AND unchanged >= 0 AND refused >= 0 AND failed >= 0 AND cancelled >= 0"
            " AND changed + unchanged + refused + failed + cancelled <= total",
            "settled_within_total",
        ),
        Index("ix_bulk_jobs_vendor_id_created_at", "vendor_id", "created_at", "id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    created_by: Mapped[int] = mapped_column(BigInteger)
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    carrier: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    total: Mapped[int]
    changed: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[CreatedAt]
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class BulkJobOrder(Base):
    """One order of a job; `requested_id` is what was asked for, `order_id` is absent where that is no order
    of the vendor's. `outcome` is there once it is settled."""

    __tablename__ = "bulk_job_orders"
    __table_args__ = (
        belongs_to("job_id", "bulk_jobs"),
        belongs_to("order_id", "orders"),
        UniqueConstraint("job_id", "requested_id"),
        UniqueConstraint("job_id", "position"),
        CheckConstraint("outcome IN ('changed', 'unchanged', 'refused', 'failed', 'cancelled')", "outcome"),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", "settled"),
        Index("ix_bulk_job_orders_open", "job_id", "position", postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    job_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    requested_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
