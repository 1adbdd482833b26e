"""Payments, refunds, disputes and the e-mails that were sent about orders."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, Moment, ParentVendorId, UpdatedAt, belongs_to


class Payment(Base):
    """How an order is paid: a Stripe PaymentIntent, or `manual` (bank transfer, pay on pickup).

    `status` is the PaymentIntent's own; a manual payment is requires_payment_method, succeeded or canceled.
    `capture_before` is until when the bank holds an authorised amount, by Stripe's word.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("order_id", "orders"),
        CheckConstraint("provider IN ('stripe', 'manual')", "provider"),
        CheckConstraint("amount >= 0", "amount_not_negative"),
        Index("ix_payments_vendor_id", "vendor_id"),
        Index("ix_payments_processing", "id", postgresql_where=text("status = 'processing'")),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    provider: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Text, unique=True)
    client_secret: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Amount]
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    decline_code: Mapped[str | None] = mapped_column(Text)
    capture_before: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Refund(Base):
    """Money on its way back; `refund_key` names the request, so the same one is never paid twice.

    `attempt` counts how often it was sent, which only an operator's word after a failure raises.
    `shipping_amount` is what of the amount is the order's shipping, with its tax; it goes back once.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        belongs_to("payment_id", "payments"),
        UniqueConstraint("vendor_id", "id"),
        UniqueConstraint("refund_key"),
        CheckConstraint("status IN ('pending', 'succeeded', 'failed')", "status"),
        CheckConstraint("amount > 0", "amount_positive"),
        CheckConstraint("shipping_amount BETWEEN 0 AND amount", "shipping_within_amount"),
        Index(
            "uq_refunds_shipping_once",
            "order_id",
            unique=True,
            postgresql_where=text("shipping_amount > 0 AND status <> 'failed'"),
        ),
        Index("ix_refunds_order_id", "order_id"),
        Index("ix_refunds_vendor_id", "vendor_id"),
        Index("ix_refunds_failed", "vendor_id", "created_at", postgresql_where=text("status = 'failed'")),
        Index(
            "ix_refunds_vendor_id_created_at",
            "vendor_id",
            "created_at",
            postgresql_where=text("status = 'succeeded'"),
        ),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[int] = mapped_column(BigInteger)
    refund_key: Mapped[str] = mapped_column(Text)
    amount: Mapped[Amount]
    shipping_amount: Mapped[Amount] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(server_default="1")
    restock: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Text, unique=True)
    failure_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class RefundItem(Base):
    """How many pieces of an order's line a refund gives back, and what of its amount is theirs."""

    __tablename__ = "refund_items"
    __table_args__ = (
        belongs_to("refund_id", "refunds"),
        belongs_to("order_item_id", "order_items"),
        CheckConstraint("quantity > 0", "quantity_positive"),
        CheckConstraint("amount >= 0", "amount_not_negative"),
        UniqueConstraint("refund_id", "order_item_id"),
        Index("ix_refund_items_order_item_id", "order_item_id"),
        Index("ix_refund_items_vendor_id", "vendor_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    refund_id: Mapped[int] = mapped_column(BigInteger)
    order_item_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]
    amount: Mapped[Amount]


class Dispute(Base):
    """A payment that its holder contests at the bank, as Stripe tells of it.

    `status` is Stripe's own, `outcome` is empty while the dispute is open.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        CheckConstraint("outcome IN ('won', 'lost')", "outcome"),
        CheckConstraint("amount >= 0", "amount_not_negative"),
        Index("ix_disputes_order_id", "order_id"),
        Index("ix_disputes_vendor_id", "vendor_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    provider_reference: Mapped[str] = mapped_column(Text, unique=True)
    amount: Mapped[Amount]
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    evidence_due_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[Moment]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Email(Base):
    """One e-mail of an order; `sent_at` is set once the mail server has taken it.

    `failure` says that the server refused it for good.
    """

    __tablename__ = "emails"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        UniqueConstraint("order_id", "email_key"),
        Index("ix_emails_vendor_id", "vendor_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    email_key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(Text, unique=True)
    failure: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
