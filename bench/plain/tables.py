"""What the plain service stores: as much of an order as Orion does, in a database of its own."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    Sequence,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
# Shoppers and products are Orion's own, under the same ids.
GivenId = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False)]
Amount = Annotated[Decimal, mapped_column(Numeric(12, 2))]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


class Base(DeclarativeBase):
    """The plain service's own metadata."""


ORDER_NUMBERS = Sequence("order_numbers", metadata=Base.metadata)


class Vendor(Base):
    """A shop: how it counts its orders, and what it takes for shipping and adds as tax, in per cent."""

    __tablename__ = "vendors"

    id: Mapped[GivenId]
    prefix: Mapped[str]
    currency: Mapped[str]
    shipping_price: Mapped[Amount]
    tax_rate: Mapped[Amount]


class Product(Base):
    """Something a vendor sells."""

    __tablename__ = "products"

    id: Mapped[GivenId]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    sku: Mapped[str]
    title: Mapped[str]
    price: Mapped[Amount]


class Inventory(Base):
    """How many pieces can be sold, and how many are held for orders."""

    __tablename__ = "inventory"
    __table_args__ = (CheckConstraint("available >= 0"), CheckConstraint("reserved >= 0"))

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    available: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)


class Address(Base):
    """A customer's address, as it is copied into orders."""

    __tablename__ = "addresses"

    id: Mapped[GivenId]
    customer_id: Mapped[int] = mapped_column(BigInteger, index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Cart(Base):
    """What a customer means to buy; `version` moves with every change of its lines."""

    __tablename__ = "carts"
    __table_args__ = (UniqueConstraint("vendor_id", "session_id"),)

    id: Mapped[Id]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    session_id: Mapped[str]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int]


class CartItem(Base):
    """One product in a cart."""

    __tablename__ = "cart_items"
    __table_args__ = (UniqueConstraint("cart_id", "product_id"),)

    id: Mapped[Id]
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int]


class OrderItem(Base):
    """A line as it was ordered."""

    __tablename__ = "order_items"

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    product_sku: Mapped[str]
    product_title: Mapped[str]
    quantity: Mapped[int]
    unit_price: Mapped[Amount]
    total_price: Mapped[Amount]
    tax_rate: Mapped[Amount]
    tax_amount: Mapped[Amount]


class OrderEvent(Base):
    """What happened to an order."""

    __tablename__ = "order_events"
    __table_args__ = (UniqueConstraint("order_id", "sequence"),)

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    type: Mapped[str]
    actor_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]


class Order(Base):
    """An order, the only one of its customer under its key."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("vendor_id", "customer_id", "idempotency_key"),
        Index("ix_orders_created_at", "vendor_id", "created_at"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendors.id"))
    customer_id: Mapped[int] = mapped_column(BigInteger)
    idempotency_key: Mapped[str]
    request_hash: Mapped[str]
    order_number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    payment_status: Mapped[str]
    payment_method: Mapped[str]
    subtotal: Mapped[Amount]
    shipping_cost: Mapped[Amount]
    tax_amount: Mapped[Amount]
    total_amount: Mapped[Amount]
    currency: Mapped[str]
    shipping_address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    billing_address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
    items: Mapped[list[OrderItem]] = relationship(order_by=OrderItem.id)
    events: Mapped[list[OrderEvent]] = relationship(order_by=OrderEvent.sequence)


class InventoryMovement(Base):
    """One change of a product's counters; the sums equal them."""

    __tablename__ = "inventory_movements"
    __table_args__ = (UniqueConstraint("reference", "product_id", "type"),)

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    type: Mapped[str]
    available_change: Mapped[int]
    reserved_change: Mapped[int]
    reference: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[CreatedAt]
