"""Indexes for a million orders: what reconciliation looks at, and figures that need no table."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
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


def downgrade() -> None:
    """As before."""
    for table in _VACUUMED:
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_insert_scale_factor)")
    op.drop_index("ix_inventory_movements_created_at", "inventory_movements")
    for table, name, *_ in [*_WIDER, *_NEW]:
        op.drop_index(name, table)
    for table, name, columns, _, where in _WIDER:
        op.create_index(name, table, columns, postgresql_where=None if where is None else sa.text(where))
