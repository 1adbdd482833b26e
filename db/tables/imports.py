"""Files of products that a vendor's people import, and what was read in them."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import LargeBinary, Numeric, Text

from db.tables.base import Base, CreatedAt, Id, Moment, ParentVendorId, belongs_to


class ProductImport(Base):
    """One file, from its upload to what became of it; the file and its rows are there for a while only."""

    __tablename__ = "product_imports"
    __table_args__ = (
        belongs_to("created_by", "vendor_users"),
        belongs_to("decided_by", "vendor_users"),
        UniqueConstraint("vendor_id", "id"),
        CheckConstraint(
            "state IN ('uploaded', 'checked', 'applying', 'applied', 'refused', 'outdated', 'discarded')",
            "state",
        ),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    created_by: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    filename: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(Text, server_default="uploaded")
    # Counts the checks, so that a decision belongs to the preview that it was made on.
    checks: Mapped[int] = mapped_column(server_default="0")
    # What is wrong with a file that cannot be read: `{code, message, line?}`.
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    encoding: Mapped[str | None] = mapped_column(Text)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    unknown_columns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    rows_total: Mapped[int] = mapped_column(server_default="0")
    rows_checked: Mapped[int] = mapped_column(server_default="0")
    rows_applied: Mapped[int] = mapped_column(server_default="0")
    rows_to_apply: Mapped[int] = mapped_column(server_default="0")
    new_count: Mapped[int] = mapped_column(server_default="0")
    changed_count: Mapped[int] = mapped_column(server_default="0")
    unchanged_count: Mapped[int] = mapped_column(server_default="0")
    wrong_count: Mapped[int] = mapped_column(server_default="0")
    leave_out_wrong: Mapped[bool] = mapped_column(server_default=text("false"))
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    checked_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    cleaned_at: Mapped[Moment | None]


class ProductImportRow(Base):
    """What a row of the file would do: its values, the product it is about, and what is wrong or changes.

    NULL in a value: the file says nothing about it. `product_version` is the product's `updated_at` as it was
    when the row was compared with it.
    """

    __tablename__ = "product_import_rows"
    __table_args__ = (
        belongs_to("import_id", "product_imports"),
        CheckConstraint("kind IN ('new', 'changed', 'unchanged', 'wrong')", "kind"),
        Index("ix_product_import_rows_kind", "import_id", "kind", "position"),
    )

    import_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[ParentVendorId]
    line: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    featured_image: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool | None]
    available_quantity: Mapped[int | None]
    product_id: Mapped[int | None] = mapped_column(BigInteger)
    product_version: Mapped[Moment | None]
    available_before: Mapped[int | None]
    # Whether anything but the stock changes, and what: `{field: [before, after]}`.
    changes_product: Mapped[bool] = mapped_column(server_default=text("false"))
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
