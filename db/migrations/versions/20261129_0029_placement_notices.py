"""Whoever places an order is told by the database what became of it."""

from collections.abc import Sequence

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# On a channel of its own: every API process hears it, and most have no use for what streams are told.
NOTIFY_PLACEMENT = """
CREATE FUNCTION notify_placement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('placements', NEW.id || ' ' || NEW.state);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """A release of before passes these notices over."""
    op.execute(NOTIFY_PLACEMENT)
    op.execute(
        "CREATE TRIGGER notify_placement AFTER UPDATE OF state ON placements FOR EACH ROW"
        " WHEN (NEW.state IN ('placed', 'refused') AND OLD.state IS DISTINCT FROM NEW.state)"
        " EXECUTE FUNCTION notify_placement()"
    )


def downgrade() -> None:
    """Placing then waits for the workflow's own answer."""
    op.execute("DROP TRIGGER notify_placement ON placements")
    op.execute("DROP FUNCTION notify_placement")
