"""Findings: what reconciliation found wrong, since when, and what became of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """One row for each subject and code; a tenant's table like any other."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "findings",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, sa.ForeignKey("vendors.id"), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("state", sa.Text, server_default="attention", nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("order_number", sa.Text),
        sa.Column("order_id", sa.BigInteger),
        sa.Column("first_seen", moment, nullable=False),
        sa.Column("last_seen", moment, nullable=False),
        sa.Column("resolved_at", moment),
        sa.Column("told_at", moment),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.UniqueConstraint("vendor_id", "subject", "code"),
        sa.CheckConstraint("state IN ('attention', 'repaired')", name="state"),
    )
    op.create_index("ix_findings_order_id", "findings", ["order_id"])
    op.create_index(
        "ix_findings_open", "findings", ["vendor_id", "id"], postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.create_index("ix_findings_untold", "findings", ["id"], postgresql_where=sa.text("told_at IS NULL"))
    op.execute("GRANT ALL ON findings TO orion_platform")
    op.execute("GRANT SELECT, INSERT, UPDATE ON findings TO orion_application")
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute("ALTER TABLE findings ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE findings FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_vendor ON findings TO orion_application USING ({own}) WITH CHECK ({own})")
    op.execute("CREATE POLICY all_vendors ON findings TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget what was found."""
    op.drop_table("findings")
