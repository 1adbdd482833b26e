"""People may be there before they have a password, and what waits for somebody is counted by an index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """No row changes; the indexes hold next to nothing."""
    op.alter_column("vendor_users", "password_hash", existing_type=sa.Text, nullable=True)
    op.create_index("ix_refunds_failed", "refunds", ["id"], postgresql_where=sa.text("status = 'failed'"))
    op.create_index(
        "ix_payments_processing", "payments", ["id"], postgresql_where=sa.text("status = 'processing'")
    )


def downgrade() -> None:
    """Who has no password gets one that nobody has."""
    op.drop_index("ix_payments_processing", "payments")
    op.drop_index("ix_refunds_failed", "refunds")
    op.execute("UPDATE vendor_users SET password_hash = '!' WHERE password_hash IS NULL")
    op.alter_column("vendor_users", "password_hash", existing_type=sa.Text, nullable=False)
