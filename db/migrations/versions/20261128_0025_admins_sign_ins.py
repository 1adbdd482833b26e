"""A new password of an admin's ends their other sign-ins."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Present sign-ins name no time, which stands for the epoch, and go on."""
    op.add_column(
        "admins",
        sa.Column(
            "tokens_valid_from",
            sa.TIMESTAMP(timezone=True),
            server_default=sa.text("'epoch'::timestamptz"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    """Sign-ins since a new password are none any more."""
    op.drop_column("admins", "tokens_valid_from")
