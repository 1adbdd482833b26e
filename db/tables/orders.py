"""Orders, their items and their numbered history."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, DateTime, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, ParentVendorId, Rate, UpdatedAt, belongs_to

# What reconciliation looks at however long ago it changed; as text, so that queries and indexes say the same.
OPEN = "status NOT IN ('delivered', 'cancelled') OR (status = 'delivered' AND completed_at IS NULL)"
OWING = "refund_pending_amount > 0 OR (status = 'cancelled' AND refunded_amount < paid_amount)"


class Order(Base):
    """What people read of an order; only its workflow's activities write it.

    Addresses, prices and tax are copies made at placement. Amounts are in `currency`; `disputed_amount`
    is what open disputes keep back, `charged_back_amount` what lost ones gave the customer.
    `total_hundredths` is for sorting: comparing `numeric` is not leakproof, so row-level security would keep
    a condition on the amount itself off its index.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("customer_id", "customers"),
        belongs_to("placement_id", "placements"),
        CheckConstraint(
            "status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled')", "status"
        ),
        CheckConstraint(
            "payment_status IN ('pending', 'paid', 'failed', 'partially_refunded', 'refunded', 'voided')",
            "payment_status",
        ),
        CheckConstraint("(status = 'cancelled') = (cancel_reason IS NOT NULL)", "cancel_reason"),
        CheckConstraint(
            "subtotal >= 0 AND shipping_cost >= 0 AND tax_amount >= 0 AND discount_amount >= 0"
            " AND total_amount >= 0",
            "amounts_not_negative",
        ),
        CheckConstraint("paid_amount BETWEEN 0 AND total_amount", "paid_within_total"),
        CheckConstraint(
            "refunded_amount >= 0 AND refund_pending_amount >= 0"
            " AND refunded_amount + refund_pending_amount <= paid_amount",
            "refunded_within_paid",
        ),
        CheckConstraint("disputed_amount >= 0 AND charged_back_amount >= 0", "disputed_not_negative"),
        Index(
            "ix_orders_vendor_id_created_at", "vendor_id", "created_at", "id", postgresql_include=["status"]
        ),
        Index("ix_orders_vendor_id_status", "vendor_id", "status", "created_at", "id"),
        Index("ix_orders_vendor_id_payment_status", "vendor_id", "payment_status", "created_at", "id"),
        Index("ix_orders_vendor_id_statuses", "vendor_id", "status", "payment_status", "created_at", "id"),
        Index("ix_orders_vendor_id_total", "vendor_id", "total_hundredths", "id"),
        Index("ix_orders_customer_id", "customer_id", "created_at", "id"),
        Index(
            "ix_orders_vendor_id_paid_at",
            "vendor_id",
            "paid_at",
            postgresql_where=text("paid_at IS NOT NULL"),
            postgresql_include=["id", "paid_amount", "prices_include_tax"],  # all that figures ask for
        ),
        Index(
            "ix_orders_vendor_id_shipped_at",
            "vendor_id",
            "shipped_at",
            postgresql_where=text("shipped_at IS NOT NULL"),
            postgresql_include=["created_at"],
        ),
        Index("ix_orders_updated_at", "updated_at"),
        Index("ix_orders_open", "id", postgresql_where=text(OPEN)),
        Index("ix_orders_owing", "id", postgresql_where=text(OWING)),
        Index(
            "ix_orders_payment_reference",
            "payment_reference",
            postgresql_where=text("payment_reference IS NOT NULL"),
        ),
        Index(
            "ix_orders_search_document",
            "search_document",
            postgresql_using="gin",
            # A search goes into it many times, and would read the list of what is yet to be sorted as often.
            postgresql_with={"fastupdate": "off"},
        ),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    placement_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    order_number: Mapped[str] = mapped_column(Text, unique=True)
    status: Mapped[str] = mapped_column(Text)
    payment_status: Mapped[str] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    subtotal: Mapped[Amount]
    shipping_cost: Mapped[Amount]
    tax_amount: Mapped[Amount]
    discount_amount: Mapped[Amount]
    total_amount: Mapped[Amount]
    total_hundredths: Mapped[int] = mapped_column(
        BigInteger, Computed("(total_amount * 100)::bigint", persisted=True), deferred=True
    )
    paid_amount: Mapped[Amount] = mapped_column(server_default="0")
    refunded_amount: Mapped[Amount] = mapped_column(server_default="0")
    refund_pending_amount: Mapped[Amount] = mapped_column(server_default="0")
    disputed_amount: Mapped[Amount] = mapped_column(server_default="0")
    charged_back_amount: Mapped[Amount] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(Text)
    prices_include_tax: Mapped[bool]
    tax_summary: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shipping_method: Mapped[str] = mapped_column(Text)
    shipping_address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    billing_address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payment_method: Mapped[str] = mapped_column(Text)
    payment_reference: Mapped[str | None] = mapped_column(Text)
    payment_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    customer_notes: Mapped[str | None] = mapped_column(Text)
    ip_address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    search_document: Mapped[str] = mapped_column(TSVECTOR, deferred=True)  # for the index; nobody reads it
    paid_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    shipped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class OrderItem(Base):
    """One line of an order, as the product was when it was ordered; `tax_rate` is in percent."""

    __tablename__ = "order_items"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        belongs_to("product_id", "products"),
        CheckConstraint("quantity > 0", "quantity_positive"),
        CheckConstraint("unit_price >= 0 AND total_price >= 0 AND tax_amount >= 0", "amounts_not_negative"),
        UniqueConstraint("vendor_id", "id"),
        UniqueConstraint(
            "order_id",
            "position",
            # What figures ask for.
            postgresql_include=["vendor_id", "product_id", "quantity", "total_price", "tax_amount"],
        ),
        Index("ix_order_items_product_id", "product_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(BigInteger)
    product_sku: Mapped[str] = mapped_column(Text)
    product_title: Mapped[str] = mapped_column(Text)
    product_image: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[int]
    unit_price: Mapped[Amount]
    total_price: Mapped[Amount]
    tax_rate: Mapped[Rate]
    tax_amount: Mapped[Amount]


class OrderEvent(Base):
    """One numbered entry of an order's history: status history, audit trail and live event log in one.

    The workflow counts `sequence`; the row being there means that the step was applied. `transaction_id`
    is the transaction that wrote it: ids are given out in another order than rows become visible.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        UniqueConstraint("order_id", "sequence"),
        CheckConstraint("sequence > 0", "sequence_positive"),
        CheckConstraint("actor_type IN ('customer', 'vendor', 'admin', 'system')", "actor_type"),
        Index("ix_order_events_vendor_id", "vendor_id", "id"),
        Index("ix_order_events_vendor_id_transaction_id", "vendor_id", "transaction_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    from_status: Mapped[str | None] = mapped_column(Text)
    to_status: Mapped[str | None] = mapped_column(Text)
    payment_status: Mapped[str] = mapped_column(Text)
    actor_type: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    cause: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_at: Mapped[CreatedAt]
    transaction_id: Mapped[int | None] = mapped_column(
        BigInteger, server_default=text("pg_current_xact_id()::text::bigint")
    )


class OrderCommand(Base):
    """What somebody asked of an order, kept so that free text stays out of workflow histories
    and a repeated request with the same key finds its first one.

    `outcome` is written by the workflow: applied, or the code and message of a refusal."""

    __tablename__ = "order_commands"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        UniqueConstraint("order_id", "actor_type", "actor_id", "idempotency_key"),
        CheckConstraint("actor_type IN ('customer', 'vendor', 'admin', 'system')", "actor_type"),
        Index("ix_order_commands_vendor_id", "vendor_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    actor_type: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int] = mapped_column(BigInteger)
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
