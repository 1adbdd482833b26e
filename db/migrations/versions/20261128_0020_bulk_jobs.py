"""Bulk changes of status: jobs, and what became of each of their orders."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("bulk_jobs", "bulk_job_orders")
NUMBERS = ("changed", "unchanged", "refused", "failed", "cancelled")


def upgrade() -> None:
    """Tenants' tables like any other."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "bulk_jobs",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("carrier", sa.Text),
        sa.Column("notes", sa.Text),
        sa.Column("state", sa.Text, server_default="waiting", nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, server_default="0", nullable=False) for name in NUMBERS),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column("started_at", moment),
        sa.Column("finished_at", moment),
        sa.ForeignKeyConstraint(["vendor_id", "created_by"], ["vendor_users.vendor_id", "vendor_users.id"]),
        sa.UniqueConstraint("vendor_id", "id"),
        sa.UniqueConstraint("created_by", "idempotency_key"),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled')",
            name="status",
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'paused', 'completed', 'cancelled')", name="state"
        ),
        sa.CheckConstraint(
            "changed >= 0 AND unchanged >= 0 AND refused >= 0 AND failed >= 0 AND cancelled >= 0"
            " AND changed + unchanged + refused + failed + cancelled <= total",
            name="settled_within_total",
        ),
    )
    op.create_index("ix_bulk_jobs_vendor_id_created_at", "bulk_jobs", ["vendor_id", "created_at", "id"])
    op.create_table(
        "bulk_job_orders",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("requested_id", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger),
        sa.Column("begun_at", moment),
        sa.Column("outcome", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("fields", JSONB, server_default="{}", nullable=False),
        sa.Column("settled_at", moment),
        sa.ForeignKeyConstraint(["vendor_id", "job_id"], ["bulk_jobs.vendor_id", "bulk_jobs.id"]),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.UniqueConstraint("job_id", "requested_id"),
        sa.UniqueConstraint("job_id", "position"),
        sa.CheckConstraint(
            "outcome IN ('changed', 'unchanged', 'refused', 'failed', 'cancelled')", name="outcome"
        ),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
    )
    op.create_index(
        "ix_bulk_job_orders_open",
        "bulk_job_orders",
        ["job_id", "position"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    for table in TABLES:
        op.execute(f"GRANT ALL ON {table} TO orion_platform")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO orion_application")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_vendor ON {table} TO orion_application USING ({own}) WITH CHECK ({own})"
        )
        op.execute(f"CREATE POLICY all_vendors ON {table} TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget the jobs; what they changed stays changed."""
    for table in reversed(TABLES):
        op.drop_table(table)
