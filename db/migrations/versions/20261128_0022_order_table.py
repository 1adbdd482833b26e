"""The vendor's order table: sorted by total, counted by status, and searched with other filters."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As before, it filters by the session's vendor itself. With the orders' facts a caller can filter, sort and
# count what is found without reading the orders again.
SEARCH_ORDERS = """
CREATE FUNCTION search_orders(words text) RETURNS TABLE (
    id bigint, status text, payment_status text, customer_id bigint, created_at timestamptz,
    total_hundredths bigint
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH session AS (SELECT nullif(current_setting('app.vendor_id', true), '')::bigint AS vendor_id)
    SELECT id, status, payment_status, customer_id, created_at, total_hundredths FROM orders
    WHERE vendor_id = (SELECT session.vendor_id FROM session)
      AND search_document @@ (SELECT order_search_query(session.vendor_id, words) FROM session);
END
"""

SEARCH_NEWEST_ORDERS = """
CREATE FUNCTION search_orders(words text, how_many integer DEFAULT NULL) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH session AS (SELECT nullif(current_setting('app.vendor_id', true), '')::bigint AS vendor_id)
    SELECT id FROM orders
    WHERE vendor_id = (SELECT session.vendor_id FROM session)
      AND search_document @@ (SELECT order_search_query(session.vendor_id, words) FROM session)
    ORDER BY created_at DESC, id DESC
    LIMIT how_many;
END
"""


def upgrade() -> None:
    """The column rewrites the table, during which nobody reads it: half a minute for a million orders."""
    hundredths = sa.Computed("(total_amount * 100)::bigint", persisted=True)
    op.add_column("orders", sa.Column("total_hundredths", sa.BigInteger, hundredths, nullable=False))
    op.create_index("ix_orders_vendor_id_total", "orders", ["vendor_id", "total_hundredths", "id"])
    op.create_index(
        "ix_orders_vendor_id_statuses",
        "orders",
        ["vendor_id", "status", "payment_status", "created_at", "id"],
    )
    _replace_search(SEARCH_ORDERS)


def downgrade() -> None:
    """Search as it was."""
    _replace_search(SEARCH_NEWEST_ORDERS)
    op.drop_index("ix_orders_vendor_id_statuses", "orders")
    op.drop_index("ix_orders_vendor_id_total", "orders")
    op.drop_column("orders", "total_hundredths")


def _replace_search(definition: str) -> None:
    """The platform role owns the function, and needs CREATE for the moment in which it is handed it."""
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute("DROP FUNCTION search_orders")
    op.execute("RESET ROLE")
    op.execute(definition)
    op.execute("REVOKE ALL ON FUNCTION search_orders FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION search_orders TO orion_application")
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("ALTER FUNCTION search_orders OWNER TO orion_platform")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")
