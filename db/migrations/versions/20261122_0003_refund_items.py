"""Refunds by item: which pieces of which line a refund gives back, and who asked for it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Refunds and order items become referable within their vendor; the new table is a tenant's."""
    op.create_unique_constraint("uq_refunds_vendor_id_id", "refunds", ["vendor_id", "id"])
    op.create_unique_constraint("uq_order_items_vendor_id_id", "order_items", ["vendor_id", "id"])
    op.add_column("refunds", sa.Column("restock", sa.Boolean, server_default="false", nullable=False))
    op.add_column("refunds", sa.Column("attempt", sa.Integer, server_default="1", nullable=False))
    op.create_table(
        "refund_items",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("refund_id", sa.BigInteger, nullable=False),
        sa.Column("order_item_id", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id", "refund_id"], ["refunds.vendor_id", "refunds.id"]),
        sa.ForeignKeyConstraint(["vendor_id", "order_item_id"], ["order_items.vendor_id", "order_items.id"]),
        sa.UniqueConstraint("refund_id", "order_item_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
    op.create_index("ix_refund_items_order_item_id", "refund_items", ["order_item_id"])
    op.create_index("ix_refund_items_vendor_id", "refund_items", ["vendor_id"])
    op.execute("GRANT ALL ON refund_items TO orion_platform")
    op.execute("GRANT SELECT, INSERT ON refund_items TO orion_application")
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute("ALTER TABLE refund_items ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE refund_items FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_vendor ON refund_items TO orion_application USING ({own}) WITH CHECK ({own})"
    )
    op.execute("CREATE POLICY all_vendors ON refund_items TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget the pieces; the refunds and their amounts stay."""
    op.drop_table("refund_items")
    op.drop_column("refunds", "attempt")
    op.drop_column("refunds", "restock")
    op.drop_constraint("uq_order_items_vendor_id_id", "order_items")
    op.drop_constraint("uq_refunds_vendor_id_id", "refunds")
