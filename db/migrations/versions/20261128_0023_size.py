"""Indexes for a million orders: what reconciliation looks at, and figures that need no table."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Table, name, columns, what comes along, and where.
_Index = tuple[str, str, list[str], list[str], str | None]
_WIDER: list[_Index] = [
    ("orders", "ix_orders_vendor_id_created_at", ["vendor_id", "created_at", "id"], ["status"], None),
    (
        "inventory_movements",
        "ix_inventory_movements_product_id",
        ["product_id", "id"],
        ["available_change", "reserved_change"],
        None,
    ),
]
_OPEN = "status NOT IN ('delivered', 'cancelled') OR (status = 'delivered' AND completed_at IS NULL)"
_OWING = "refund_pending_amount > 0 OR (status = 'cancelled' AND refunded_amount < paid_amount)"
_NEW: list[_Index] = [
    ("orders", "ix_orders_updated_at", ["updated_at"], [], None),
    ("orders", "ix_orders_open", ["id"], [], _OPEN),
    ("orders", "ix_orders_owing", ["id"], [], _OWING),
    ("orders", "ix_orders_payment_reference", ["payment_reference"], [], "payment_reference IS NOT NULL"),
    ("placements", "ix_placements_unfinished", ["id"], [], "state IN ('claimed', 'created')"),
    ("placements", "ix_placements_refused", ["updated_at"], [], "state = 'refused'"),
]
# As before, but with a vendor that no index is asked for: all of a vendor's orders, which were taken for few,
# were gathered only to keep those with the words, and the words name the vendor already.
SEARCH_ORDERS = """
CREATE OR REPLACE FUNCTION search_orders(words text) RETURNS TABLE (
    id bigint, status text, payment_status text, customer_id bigint, created_at timestamptz,
    total_hundredths bigint
)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1000 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH session AS (SELECT nullif(current_setting('app.vendor_id', true), '')::bigint AS vendor_id)
    SELECT id, status, payment_status, customer_id, created_at, total_hundredths FROM orders
    WHERE {vendor} = (SELECT session.vendor_id FROM session)
      AND search_document @@ (SELECT order_search_query(session.vendor_id, words) FROM session);
END
"""
# Tables whose newest rows are read from indexes alone, which needs them to be vacuumed soon.
_VACUUMED = ("orders", "order_items", "inventory_movements")


def upgrade() -> None:
    """Each of them takes some seconds for a million orders, in which nobody places any."""
    for index in _WIDER:
        op.drop_index(index[1], index[0])
    for table, name, columns, include, where in [*_WIDER, *_NEW]:
        condition = None if where is None else sa.text(where)
        op.create_index(name, table, columns, postgresql_include=include, postgresql_where=condition)
    op.create_index(
        "ix_inventory_movements_created_at", "inventory_movements", ["created_at"], postgresql_using="brin"
    )
    for table in _VACUUMED:
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_insert_scale_factor = 0.02)")

    _replace_search("vendor_id + 0")


def downgrade() -> None:
    """As before."""
    _replace_search("vendor_id")
    for table in _VACUUMED:
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_insert_scale_factor)")
    op.drop_index("ix_inventory_movements_created_at", "inventory_movements")
    for table, name, *_ in [*_WIDER, *_NEW]:
        op.drop_index(name, table)
    for table, name, columns, _, where in _WIDER:
        op.create_index(name, table, columns, postgresql_where=None if where is None else sa.text(where))


def _replace_search(vendor: str) -> None:
    """Its owner is the platform role, which needs CREATE for that moment."""
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute(SEARCH_ORDERS.format(vendor=vendor))
    op.execute("RESET ROLE")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")
