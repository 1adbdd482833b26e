"""Invoices and the notes that correct them, who issues them, and their numbers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OWN = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"


def upgrade() -> None:
    """Three tenant tables, and refunds that failed are found by vendor and time.

    The application neither changes nor deletes what was issued.
    """
    _create_issuers()
    _create_counters()
    _create_invoices()
    op.drop_index("ix_refunds_failed", "refunds")
    op.create_index(
        "ix_refunds_failed",
        "refunds",
        ["vendor_id", "created_at"],
        postgresql_where=sa.text("status = 'failed'"),
    )
    _secure("invoice_issuers", "SELECT, INSERT, UPDATE")
    _secure("invoice_number_counters", "SELECT, INSERT, UPDATE")
    _secure("invoices", "SELECT, INSERT")


def _create_issuers() -> None:
    def line(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text, nullable=False)

    def optional(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text, server_default="", nullable=False)

    op.create_table(
        "invoice_issuers",
        sa.Column("vendor_id", sa.BigInteger, sa.ForeignKey("vendors.id"), primary_key=True),
        line("legal_name"),
        line("address_line1"),
        optional("address_line2"),
        line("postal_code"),
        line("city"),
        line("country"),
        optional("vat_id"),
        optional("tax_number"),
        optional("footer"),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )


def _create_counters() -> None:
    op.create_table(
        "invoice_number_counters",
        sa.Column("vendor_id", sa.BigInteger, sa.ForeignKey("vendors.id"), primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True),
        sa.Column("last_number", sa.Integer, nullable=False),
    )


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("refund_id", sa.BigInteger),
        sa.Column("corrects_id", sa.BigInteger),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("issuer", JSONB, nullable=False),
        sa.Column("rates", JSONB, nullable=False),
        sa.Column("shipping_name", sa.Text, nullable=False),
        sa.Column("tax_amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("total_amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.ForeignKeyConstraint(["vendor_id", "refund_id"], ["refunds.vendor_id", "refunds.id"]),
        sa.ForeignKeyConstraint(["vendor_id", "corrects_id"], ["invoices.vendor_id", "invoices.id"]),
        sa.UniqueConstraint("vendor_id", "id"),
        sa.UniqueConstraint("vendor_id", "number"),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note', 'debit_note')", name="kind"),
        sa.CheckConstraint(
            "(kind = 'invoice') = (corrects_id IS NULL)",
            name="corrects",
        ),
        sa.CheckConstraint("total_amount >= 0 AND tax_amount BETWEEN 0 AND total_amount", name="amounts"),
    )
    op.create_index(
        "uq_invoices_order_once",
        "invoices",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.create_index("ix_invoices_order_id", "invoices", ["order_id"])
    op.create_index("ix_invoices_vendor_id_issued_on", "invoices", ["vendor_id", "issued_on", "id"])


def _secure(table: str, grants: str) -> None:
    op.execute(f"GRANT ALL ON {table} TO orion_platform")
    op.execute(f"GRANT {grants} ON {table} TO orion_application")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_vendor ON {table} TO orion_application USING ({_OWN}) WITH CHECK ({_OWN})")
    op.execute(f"CREATE POLICY all_vendors ON {table} TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget what was issued."""
    op.drop_index("ix_refunds_failed", "refunds")
    op.create_index("ix_refunds_failed", "refunds", ["id"], postgresql_where=sa.text("status = 'failed'"))
    for table in ("invoices", "invoice_number_counters", "invoice_issuers"):
        op.drop_table(table)
