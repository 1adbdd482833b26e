"""What a vendor's people work with: their notes about orders, and figures from indexes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FIGURES = [
    ("ix_orders_vendor_id_paid_at", "orders", "paid_at", "paid_at IS NOT NULL"),
    ("ix_orders_vendor_id_shipped_at", "orders", "shipped_at", "shipped_at IS NOT NULL"),
    ("ix_refunds_vendor_id_created_at", "refunds", "created_at", "status = 'succeeded'"),
]


def upgrade() -> None:
    """A tenant's table like any other; nobody changes or deletes what was noted. And what figures go by."""
    # What the authors of notes are referred to by.
    op.create_unique_constraint("uq_vendor_users_vendor_id_id", "vendor_users", ["vendor_id", "id"])
    op.create_table(
        "order_notes",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.ForeignKeyConstraint(["vendor_id", "author_id"], ["vendor_users.vendor_id", "vendor_users.id"]),
        sa.UniqueConstraint("order_id", "author_id", "idempotency_key"),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 4000", name="body_length"),
    )
    op.create_index("ix_order_notes_order_id", "order_notes", ["order_id", "id"])
    op.execute("GRANT ALL ON order_notes TO orion_platform")
    op.execute("GRANT SELECT, INSERT ON order_notes TO orion_application")
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute("ALTER TABLE order_notes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE order_notes FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_vendor ON order_notes TO orion_application USING ({own}) WITH CHECK ({own})"
    )
    op.execute("CREATE POLICY all_vendors ON order_notes TO orion_platform USING (true) WITH CHECK (true)")
    for name, table, column, counted in FIGURES:
        op.create_index(name, table, ["vendor_id", column], postgresql_where=sa.text(counted))


def downgrade() -> None:
    """Forget what was noted."""
    for name, table, _, _ in FIGURES:
        op.drop_index(name, table)
    op.drop_table("order_notes")
    op.drop_constraint("uq_vendor_users_vendor_id_id", "vendor_users")
