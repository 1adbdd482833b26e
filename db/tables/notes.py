"""Notes that a vendor's people keep about orders."""

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Base, CreatedAt, Id, ParentVendorId, belongs_to


class OrderNote(Base):
    """What somebody of the vendor's wrote for their colleagues; never changed, and never a customer's."""

    __tablename__ = "order_notes"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        belongs_to("author_id", "vendor_users"),
        UniqueConstraint("order_id", "author_id", "idempotency_key"),
        CheckConstraint("length(body) BETWEEN 1 AND 4000", "body_length"),
        Index("ix_order_notes_order_id", "order_id", "id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    author_id: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
