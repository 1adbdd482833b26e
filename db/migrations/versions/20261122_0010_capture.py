"""Capture on shipment: when a shop takes its money, and until when a bank holds an authorised amount."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Shops take their money with the order, as before."""
    op.add_column("vendors", sa.Column("capture_method", sa.Text, server_default="automatic", nullable=False))
    op.add_column("vendors", sa.Column("capture_expiry", sa.Text, server_default="cancel", nullable=False))
    op.create_check_constraint("capture_method", "vendors", "capture_method IN ('automatic', 'on_shipment')")
    op.create_check_constraint("capture_expiry", "vendors", "capture_expiry IN ('capture', 'cancel')")
    op.add_column("payments", sa.Column("capture_before", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Forget the deadlines; running orders keep theirs."""
    op.drop_column("payments", "capture_before")
    op.drop_constraint("ck_vendors_capture_expiry", "vendors")
    op.drop_constraint("ck_vendors_capture_method", "vendors")
    op.drop_column("vendors", "capture_expiry")
    op.drop_column("vendors", "capture_method")
