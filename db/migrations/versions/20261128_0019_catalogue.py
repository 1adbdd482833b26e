"""Why and by whom stock was corrected, and files of products with what was read in them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0019"
down_revision = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MOVEMENTS = "inventory_movements"
_USERS, _IMPORTS = (
    ["vendor_users.vendor_id", "vendor_users.id"],
    ["product_imports.vendor_id", "product_imports.id"],
)
_COUNTS = (
    "checks",
    "rows_total",
    "rows_checked",
    "rows_applied",
    "rows_to_apply",
    "new_count",
    "changed_count",
    "unchanged_count",
    "wrong_count",
)


def upgrade() -> None:
    """Two more tenants' tables; rows of a file go when it is old, so the application may delete them."""
    op.create_table(
        "product_imports",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("state", sa.Text, server_default="uploaded", nullable=False),
        sa.Column("problem", JSONB),
        sa.Column("encoding", sa.Text),
        sa.Column("columns", ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("unknown_columns", ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        *(sa.Column(name, sa.Integer, server_default="0", nullable=False) for name in _COUNTS),
        sa.Column("leave_out_wrong", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("decided_by", sa.BigInteger),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("checked_at", "ended_at", "cleaned_at")),
        sa.ForeignKeyConstraint(["vendor_id", "created_by"], _USERS),
        sa.ForeignKeyConstraint(["vendor_id", "decided_by"], _USERS),
        sa.UniqueConstraint("vendor_id", "id"),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checked', 'applying', 'applied', 'refused', 'outdated', 'discarded')",
            name="state",
        ),
    )
    op.create_table(
        "product_import_rows",
        sa.Column("import_id", sa.BigInteger, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("sku", "title", "description")),
        sa.Column("price", sa.Numeric(12, 2)),
        sa.Column("featured_image", sa.Text),
        sa.Column("is_active", sa.Boolean),
        sa.Column("available_quantity", sa.Integer),
        sa.Column("product_id", sa.BigInteger),
        sa.Column("product_version", sa.DateTime(timezone=True)),
        sa.Column("available_before", sa.Integer),
        sa.Column("changes_product", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("changes", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("problems", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(["vendor_id", "import_id"], _IMPORTS),
        sa.CheckConstraint("kind IN ('new', 'changed', 'unchanged', 'wrong')", name="kind"),
    )
    op.create_index("ix_product_import_rows_kind", "product_import_rows", ["import_id", "kind", "position"])
    for table, privileges in (
        ("product_imports", "SELECT, INSERT, UPDATE"),
        ("product_import_rows", "SELECT, INSERT, DELETE"),
    ):
        _keep_vendors_apart(table, privileges)
    for name, kind in (("reason", sa.Text), ("actor_id", sa.BigInteger), ("import_id", sa.BigInteger)):
        op.add_column(_MOVEMENTS, sa.Column(name, kind))
    op.add_column(_MOVEMENTS, sa.Column("request_key", sa.Text))
    for column, target in (("actor_id", _USERS), ("import_id", _IMPORTS)):
        table = target[0].partition(".")[0]
        op.create_foreign_key(
            f"fk_{_MOVEMENTS}_vendor_id_{column}_{table}",
            _MOVEMENTS,
            table,
            ["vendor_id", column],
            ["vendor_id", "id"],
        )
    op.create_index(
        "uq_inventory_movements_request_key",
        _MOVEMENTS,
        ["product_id", "request_key"],
        unique=True,
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )


def _keep_vendors_apart(table: str, privileges: str) -> None:
    own = "vendor_id = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute(f"GRANT ALL ON {table} TO orion_platform")
    op.execute(f"GRANT {privileges} ON {table} TO orion_application")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_vendor ON {table} TO orion_application USING ({own}) WITH CHECK ({own})")
    op.execute(f"CREATE POLICY all_vendors ON {table} TO orion_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Forget who corrected stock and why, and every file."""
    op.drop_index("uq_inventory_movements_request_key", _MOVEMENTS)
    for name in ("request_key", "import_id", "actor_id", "reason"):
        op.drop_column(_MOVEMENTS, name)
    op.drop_table("product_import_rows")
    op.drop_table("product_imports")
