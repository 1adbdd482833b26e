"""Disputes: payments that are contested at the bank, and what they keep back or took."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """The new table is a tenant's; orders sum up what their disputes come to."""
    op.add_column(
        "orders", sa.Column("disputed_amount", sa.Numeric(12, 2), server_default="0", nullable=False)
    )
    op.add_column(
        "orders", sa.Column("charged_back_amount", sa.Numeric(12, 2), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        "disputed_not_negative", "orders", "disputed_amount >= 0 AND charged_back_amount >= 0"
    )
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "disputes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger, nullable=False),
        sa.Column("provider_reference", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("evidence_due_by", moment),
        sa.Column("outcome", sa.Text),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.UniqueConstraint("provider_reference"),
        sa.CheckConstraint("outcome IN ('won', 'lost')", name="outcome"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
    op.create_index("ix_disputes_order_id", "disputes", ["order_id"])
    op.create_index("ix_disputes_vendor_id", "disputes", ["vendor_id"])
    op.execute("GRANT ALL ON disputes TO orion_platform")
    op.execute("GRANT SELECT, INSERT, UPDATE ON disputes TO orion_application")
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute("ALTER TABLE disputes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE disputes FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_vendor ON disputes TO orion_application USING ({own}) WITH CHECK ({own})")
    op.execute("CREATE POLICY all_vendors ON disputes TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget the disputes; Stripe still knows them."""
    op.drop_table("disputes")
    op.drop_constraint("ck_orders_disputed_not_negative", "orders")
    op.drop_column("orders", "charged_back_amount")
    op.drop_column("orders", "disputed_amount")
