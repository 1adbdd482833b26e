"""Messages between customers and vendors about orders."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Base, CreatedAt, Id, ParentVendorId, belongs_to


class OrderMessage(Base):
    """What a customer or somebody of the vendor's wrote about an order; it is never changed.

    `notified_at` is when the other side was sent its e-mail, or the mail server refused that for good.
    """

    __tablename__ = "order_messages"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        UniqueConstraint("order_id", "author_type", "author_id", "idempotency_key"),
        CheckConstraint("author_type IN ('customer', 'vendor')", "author_type"),
        CheckConstraint("length(body) BETWEEN 1 AND 4000", "body_length"),
        Index("ix_order_messages_order_id", "order_id", "id"),
        Index("ix_order_messages_vendor_id_transaction_id", "vendor_id", "transaction_id"),
        Index("ix_order_messages_unnotified", "id", postgresql_where=text("notified_at IS NULL")),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    author_type: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    notified_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    transaction_id: Mapped[int | None] = mapped_column(
        BigInteger, server_default=text("pg_current_xact_id()::text::bigint")
    )
