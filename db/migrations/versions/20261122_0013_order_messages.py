"""Messages between a customer and a vendor about an order, and their notification."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# On the channel of the orders' events, as the same streams tell of both. Never what somebody wrote.
NOTIFY_ORDER_MESSAGE = """
CREATE FUNCTION notify_order_message() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('order_events', json_build_object(
        'vendor_id', NEW.vendor_id,
        'order_id', NEW.order_id,
        'message_id', NEW.id,
        'horizon', pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::text);
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """A tenant's table like any other; nobody changes or deletes what was written."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "order_messages",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("order_id", sa.BigInteger, nullable=False),
        sa.Column("author_type", sa.Text, nullable=False),
        sa.Column("author_id", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("notified_at", moment),
        sa.Column("created_at", moment, server_default=sa.func.now(), nullable=False),
        sa.Column(
            "transaction_id", sa.BigInteger, server_default=sa.text("pg_current_xact_id()::text::bigint")
        ),
        sa.ForeignKeyConstraint(["vendor_id", "order_id"], ["orders.vendor_id", "orders.id"]),
        sa.UniqueConstraint("order_id", "author_type", "author_id", "idempotency_key"),
        sa.CheckConstraint("author_type IN ('customer', 'vendor')", name="author_type"),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 4000", name="body_length"),
    )
    op.create_index("ix_order_messages_order_id", "order_messages", ["order_id", "id"])
    op.create_index(
        "ix_order_messages_vendor_id_transaction_id", "order_messages", ["vendor_id", "transaction_id"]
    )
    op.create_index(
        "ix_order_messages_unnotified",
        "order_messages",
        ["id"],
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    op.execute("GRANT ALL ON order_messages TO orion_platform")
    op.execute("GRANT SELECT, INSERT, UPDATE ON order_messages TO orion_application")
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute("ALTER TABLE order_messages ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE order_messages FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_vendor ON order_messages TO orion_application USING ({own}) WITH CHECK ({own})"
    )
    op.execute("CREATE POLICY all_vendors ON order_messages TO orion_platform USING (true) WITH CHECK (true)")
    op.execute(NOTIFY_ORDER_MESSAGE)
    op.execute(
        "CREATE TRIGGER notify_order_message AFTER INSERT ON order_messages"
        " FOR EACH ROW EXECUTE FUNCTION notify_order_message()"
    )


def downgrade() -> None:
    """Forget what was written."""
    op.drop_table("order_messages")
    op.execute("DROP FUNCTION notify_order_message")
