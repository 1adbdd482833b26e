"""Refunded shipping: what of a refund is the order's shipping, at most once for an order."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Refunds made before say nothing of shipping."""
    op.add_column(
        "refunds", sa.Column("shipping_amount", sa.Numeric(12, 2), server_default="0", nullable=False)
    )
    op.create_check_constraint("shipping_within_amount", "refunds", "shipping_amount BETWEEN 0 AND amount")
    op.create_index(
        "uq_refunds_shipping_once",
        "refunds",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("shipping_amount > 0 AND status <> 'failed'"),
    )


def downgrade() -> None:
    """Forget which part was shipping; the amounts stay."""
    op.drop_index("uq_refunds_shipping_once", "refunds")
    op.drop_constraint("shipping_within_amount", "refunds", type_="check")
    op.drop_column("refunds", "shipping_amount")
