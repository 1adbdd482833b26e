"""What reconciliation found: for people to read and for the next run to compare with."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Base, Id, Moment, VendorId, belongs_to


class FindingRow(Base):
    """Something that is or was not as it should be, once for each subject and code.

    `subject` is an order number, a PaymentIntent, a product or a workflow. `state` tells whether it was
    repaired or needs attention; it is open until `resolved_at`. `told_at` is when the order's workflow was
    told how things stand now.
    """

    __tablename__ = "findings"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        UniqueConstraint("vendor_id", "subject", "code"),
        CheckConstraint("state IN ('attention', 'repaired')", "state"),
        Index("ix_findings_order_id", "order_id"),
        Index("ix_findings_open", "vendor_id", "id", postgresql_where=text("resolved_at IS NULL")),
        Index("ix_findings_untold", "id", postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    subject: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="attention")
    reason: Mapped[str] = mapped_column(Text)
    order_number: Mapped[str | None] = mapped_column(Text)
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    first_seen: Mapped[Moment]
    last_seen: Mapped[Moment]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
