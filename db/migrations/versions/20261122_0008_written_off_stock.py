"""Written-off stock: pieces of a cancelled order that do not come back."""

from collections.abc import Sequence

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NAME = "movement_type"  # the naming convention makes it ck_inventory_movements_movement_type
_BEFORE = "'initial', 'adjusted', 'reserved', 'released', 'shipped', 'returned'"


def upgrade() -> None:
    """Allow the movement."""
    op.drop_constraint(_NAME, "inventory_movements", type_="check")
    op.create_check_constraint(_NAME, "inventory_movements", f"movement_type IN ({_BEFORE}, 'written_off')")


def downgrade() -> None:
    """Book what was written off as shipped, the older word for pieces that left: the counters stay true."""
    op.execute("UPDATE inventory_movements SET movement_type = 'shipped' WHERE movement_type = 'written_off'")
    op.drop_constraint(_NAME, "inventory_movements", type_="check")
    op.create_check_constraint(_NAME, "inventory_movements", f"movement_type IN ({_BEFORE})")
