"""People who work for a vendor may be there to look only."""

from collections.abc import Sequence

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """One more role."""
    op.drop_constraint("role", "vendor_users", type_="check")
    op.create_check_constraint("role", "vendor_users", "role IN ('owner', 'staff', 'viewer')")


def downgrade() -> None:
    """Who only looked becomes nobody: staff may do more than they were trusted with."""
    op.execute("UPDATE vendor_users SET role = 'staff', is_active = false WHERE role = 'viewer'")
    op.drop_constraint("role", "vendor_users", type_="check")
    op.create_check_constraint("role", "vendor_users", "role IN ('owner', 'staff')")
