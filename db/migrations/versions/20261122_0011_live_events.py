"""Live events: what a notification tells, and from which transaction an event is."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# It runs as whoever writes the event, whose policies show the order's other events: it needs no rights of
# its own. `horizon`: all transactions before it had ended when the event was written, and have been told.
NOTIFY_ORDER_EVENT = """
CREATE OR REPLACE FUNCTION notify_order_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('order_events', json_build_object(
        'vendor_id', NEW.vendor_id,
        'order_id', NEW.order_id,
        'id', NEW.id,
        'sequence', NEW.sequence,
        'type', NEW.type,
        'status', coalesce(NEW.to_status, (
            SELECT earlier.to_status FROM public.order_events AS earlier
            WHERE earlier.order_id = NEW.order_id AND earlier.to_status IS NOT NULL
            ORDER BY earlier.sequence DESC LIMIT 1)),
        'payment_status', NEW.payment_status,
        'created_at', NEW.created_at,
        'horizon', pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text);
    RETURN NULL;
END
$$
"""

AS_BEFORE = """
CREATE OR REPLACE FUNCTION notify_order_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('order_events', json_build_object(
        'vendor_id', NEW.vendor_id, 'order_id', NEW.order_id, 'sequence', NEW.sequence)::text);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Events that are there have no transaction and are never replayed; so no row is rewritten."""
    op.add_column("order_events", sa.Column("transaction_id", sa.BigInteger))
    op.alter_column(
        "order_events", "transaction_id", server_default=sa.text("pg_current_xact_id()::text::bigint")
    )
    op.create_index(
        "ix_order_events_vendor_id_transaction_id", "order_events", ["vendor_id", "transaction_id"]
    )
    op.execute(NOTIFY_ORDER_EVENT)


def downgrade() -> None:
    """Tell only which event it is."""
    op.execute(AS_BEFORE)
    op.drop_index("ix_order_events_vendor_id_transaction_id", "order_events")
    op.drop_column("order_events", "transaction_id")
