"""Streams of an order's vendor tell of notes."""

from collections.abc import Sequence

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As for messages, on the same channel; streams of customers pass it over. Never what somebody wrote.
NOTIFY_ORDER_NOTE = """
CREATE FUNCTION notify_order_note() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('order_events', json_build_object(
        'vendor_id', NEW.vendor_id,
        'order_id', NEW.order_id,
        'note_id', NEW.id,
        'horizon', pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """What was noted before is told to nobody again."""
    op.execute(NOTIFY_ORDER_NOTE)
    op.execute(
        "CREATE TRIGGER notify_order_note AFTER INSERT ON order_notes"
        " FOR EACH ROW EXECUTE FUNCTION notify_order_note()"
    )


def downgrade() -> None:
    """Notes stay, and are seen when a page is loaded."""
    op.execute("DROP TRIGGER notify_order_note ON order_notes")
    op.execute("DROP FUNCTION notify_order_note")
