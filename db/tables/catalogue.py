"""Products and their stock."""

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, ParentVendorId, UpdatedAt, VendorId, belongs_to


class Product(Base):
    """Something a vendor sells; the currency is the vendor's."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        UniqueConstraint("vendor_id", "sku"),
        CheckConstraint("price >= 0", "price_not_negative"),
        Index("ix_products_vendor_id_title", "vendor_id", "title", "id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    sku: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    price: Mapped[Amount]
    featured_image: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Inventory(Base):
    """How many pieces of a product can be sold, and how many are held for orders not yet shipped."""

    __tablename__ = "inventory"
    __table_args__ = (
        belongs_to("product_id", "products"),
        CheckConstraint("available_quantity >= 0", "available_not_negative"),
        CheckConstraint("reserved_quantity >= 0", "reserved_not_negative"),
        Index("ix_inventory_vendor_id", "vendor_id"),
    )

    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    vendor_id: Mapped[ParentVendorId]
    available_quantity: Mapped[int] = mapped_column(server_default="0")
    reserved_quantity: Mapped[int] = mapped_column(server_default="0")


class InventoryMovement(Base):
    """One change of a product's counters; append-only, and the sums equal the counters.

    `reference` is the order number for movements of orders and absent for corrections by hand, which have a
    `reason` and an `actor_id`, or the import that they come from. `request_key` is what a correction was
    sent under, so that sending it twice is one.
    """

    __tablename__ = "inventory_movements"
    __table_args__ = (
        belongs_to("product_id", "products"),
        belongs_to("actor_id", "vendor_users"),
        belongs_to("import_id", "product_imports"),
        CheckConstraint(
            "movement_type IN"
            " ('initial', 'adjusted', 'reserved', 'released', 'shipped', 'returned', 'written_off')",
            "movement_type",
        ),
        Index(
            "uq_inventory_movements_reference",
            "reference",
            "product_id",
            "movement_type",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index(
            "ix_inventory_movements_product_id",
            *("product_id", "id"),
            postgresql_include=["available_change", "reserved_change"],
        ),
        Index("ix_inventory_movements_created_at", "created_at", postgresql_using="brin"),
        Index(
            "uq_inventory_movements_request_key",
            "product_id",
            "request_key",
            unique=True,
            postgresql_where=text("request_key IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    product_id: Mapped[int] = mapped_column(BigInteger)
    movement_type: Mapped[str] = mapped_column(Text)
    available_change: Mapped[int]
    reserved_change: Mapped[int]
    reference: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    import_id: Mapped[int | None] = mapped_column(BigInteger)
    request_key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
