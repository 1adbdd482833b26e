"""Attempts to sign in, counted so that passwords cannot be guessed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """A table of the platform's, which vendors' sessions cannot see."""
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sign_in_attempts_window_ends_at", "sign_in_attempts", ["window_ends_at"])
    op.execute("GRANT ALL ON sign_in_attempts TO orion_platform")


def downgrade() -> None:
    """Without it nobody has to wait."""
    op.drop_table("sign_in_attempts")
