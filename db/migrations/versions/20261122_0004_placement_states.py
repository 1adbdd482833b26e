"""Placements without `reserved`: the stock is held in the step that stores the order."""

from collections.abc import Sequence

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "state"  # the naming convention makes it ck_placements_state


def upgrade() -> None:
    """Refuse the state; a placement that is in it has to be finished or withdrawn before."""
    op.drop_constraint(_NAME, "placements", type_="check")
    op.create_check_constraint(_NAME, "placements", "state IN ('claimed', 'created', 'placed', 'refused')")


def downgrade() -> None:
    """Allow it again."""
    op.drop_constraint(_NAME, "placements", type_="check")
    op.create_check_constraint(
        _NAME, "placements", "state IN ('claimed', 'reserved', 'created', 'placed', 'refused')"
    )
