"""Carts, and placements: the claim of an order number for one attempt to order a cart."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, ParentVendorId, UpdatedAt, VendorId, belongs_to


class Cart(Base):
    """What a shopper means to buy; `version` moves with every change of its lines."""

    __tablename__ = "carts"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("customer_id", "customers"),
        UniqueConstraint("vendor_id", "session_id"),
        Index("ix_carts_customer_id", "customer_id", "updated_at"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    session_id: Mapped[str] = mapped_column(Text)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class CartItem(Base):
    """One product in a cart; its price is the product's price whenever it is looked at."""

    __tablename__ = "cart_items"
    __table_args__ = (
        belongs_to("cart_id", "carts"),
        belongs_to("product_id", "products"),
        UniqueConstraint("cart_id", "product_id"),
        CheckConstraint("quantity > 0", "quantity_positive"),
        Index("ix_cart_items_vendor_id", "vendor_id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    cart_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]


# As text, so that queries and the index say the same.
UNFINISHED = "state IN ('claimed', 'created')"


class Placement(Base):
    """The claim of an order number by one attempt to order one version of a cart.

    `state` guards the steps of placing: claimed, created, placed; refused is final, so that a
    step that comes late finds it and does nothing. `refusal` is what the caller was told.
    """

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("customer_id", "customers"),
        belongs_to("cart_id", "carts"),
        UniqueConstraint("vendor_id", "customer_id", "idempotency_key"),
        UniqueConstraint("cart_id", "cart_version"),
        CheckConstraint("state IN ('claimed', 'created', 'placed', 'refused')", "state"),
        Index("ix_placements_unfinished", "id", postgresql_where=text(UNFINISHED)),
        Index("ix_placements_refused", "updated_at", postgresql_where=text("state = 'refused'")),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    cart_id: Mapped[int] = mapped_column(BigInteger)
    cart_version: Mapped[int]
    idempotency_key: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(Text)
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    quoted_total: Mapped[Amount]
    order_number: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text, server_default="claimed")
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
