"""All tables, with row-level security and grants from the start."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0001"
down_revision = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTORS = "actor_type IN ('customer', 'vendor', 'admin', 'system')"

# Every tenant table, parents first, and what the application may do there; DELETE only where shoppers and
# vendors really delete, and never UPDATE or DELETE where the rows are history.
TENANT_TABLES = {
    "vendors": "SELECT, UPDATE",
    "vendor_users": "SELECT, UPDATE",
    "shipping_rates": "SELECT, INSERT, UPDATE, DELETE",
    "order_number_counters": "SELECT, INSERT, UPDATE",
    "customers": "SELECT, INSERT, UPDATE",
    "customer_addresses": "SELECT, INSERT, UPDATE, DELETE",
    "products": "SELECT, INSERT, UPDATE",
    "inventory": "SELECT, INSERT, UPDATE",
    "inventory_movements": "SELECT, INSERT",
    "carts": "SELECT, INSERT, UPDATE",
    "cart_items": "SELECT, INSERT, UPDATE, DELETE",
    "placements": "SELECT, INSERT, UPDATE",
    "orders": "SELECT, INSERT, UPDATE",
    "order_items": "SELECT, INSERT",
    "order_events": "SELECT, INSERT",
    "order_commands": "SELECT, INSERT, UPDATE",
    "payments": "SELECT, INSERT, UPDATE",
    "refunds": "SELECT, INSERT, UPDATE",
    "emails": "SELECT, INSERT, UPDATE",
}
PLATFORM_TABLES = {"admins": "", "stripe_events": "", "tax_rates": "SELECT"}


def upgrade() -> None:
    """Create the tables; the roles are there already (`db.roles`)."""
    create_platform_tables()
    create_vendors()
    create_customers()
    create_catalogue()
    create_carts()
    create_placements()
    create_orders()
    create_order_items()
    create_order_history()
    create_payments()
    create_emails()
    for table, privileges in (PLATFORM_TABLES | TENANT_TABLES).items():
        op.execute(f"GRANT ALL ON {table} TO orion_platform")
        if privileges:
            op.execute(f"GRANT {privileges} ON {table} TO orion_application")
    for table in TENANT_TABLES:
        secure(table, "id" if table == "vendors" else "vendor_id")


def downgrade() -> None:
    """Drop every table; the roles belong to the cluster and stay."""
    for table in reversed([*PLATFORM_TABLES, *TENANT_TABLES]):
        op.drop_table(table)


def secure(table: str, column: str) -> None:
    """Show the application only the rows of its session's vendor; without a vendor, none."""
    own = f"{column} = nullif(current_setting('app.vendor_id', true), '')::bigint"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_vendor ON {table} TO orion_application USING ({own}) WITH CHECK ({own})")
    op.execute(f"CREATE POLICY all_vendors ON {table} TO orion_platform USING (true) WITH CHECK (true)")


def key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


def vendor() -> sa.Column[int]:
    return sa.Column("vendor_id", sa.BigInteger, nullable=False)


def existing_vendor() -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return vendor(), sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"])


def reference(
    name: str, table: str, *, nullable: bool = False
) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    """A reference that cannot cross vendors: both rows carry the same `vendor_id`."""
    column: sa.Column[int] = sa.Column(name, sa.BigInteger, nullable=nullable)
    return column, sa.ForeignKeyConstraint(["vendor_id", name], [f"{table}.vendor_id", f"{table}.id"])


def text(*names: str, default: str | None = None, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, server_default=default, nullable=nullable) for name in names]


def number(*names: str, default: str | None = None) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, server_default=default, nullable=False) for name in names]


def amount(*names: str, default: str | None = None) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Numeric(12, 2), server_default=default, nullable=False) for name in names]


def rate(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(5, 2), nullable=False)


def flag(name: str, default: str | None = None) -> sa.Column[bool]:
    server_default = sa.text(default) if default else None
    return sa.Column(name, sa.Boolean, server_default=server_default, nullable=False)


def document(*names: str, default: str | None = None, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, JSONB, server_default=default, nullable=nullable) for name in names]


def now(*names: str) -> list[sa.Column[Any]]:
    at = sa.DateTime(timezone=True)
    return [sa.Column(name, at, server_default=sa.func.now(), nullable=False) for name in names]


def moment(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True)) for name in names]


def unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=name)


def index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{columns[0]}", table, list(columns))


def create_platform_tables() -> None:
    op.create_table("admins", key(), *text("email", "password_hash"), *now("created_at"))
    op.create_index("uq_admins_email", "admins", [sa.text("lower(email)")], unique=True)
    op.create_table(
        "stripe_events",
        sa.Column("event_id", sa.Text, primary_key=True),
        *text("type"),
        *text("order_number", nullable=True),
        *now("received_at"),
        *moment("handed_over_at"),
    )
    op.create_table(
        "tax_rates",
        key(),
        *text("country"),
        rate("rate"),
        sa.Column("valid_from", sa.Date, nullable=False),
        unique("country", "valid_from"),
        check("rate_range", "rate >= 0 AND rate < 100"),
    )


def create_vendors() -> None:
    methods = sa.text("'{stripe,manual}'::text[]")
    op.create_table(
        "vendors",
        key(),
        *text("vendor_code", "name", "contact_email", "country", "order_number_prefix"),
        *text("currency", default="EUR"),
        *text("payment_instructions", default=""),
        flag("is_active", "true"),
        flag("prices_include_tax", "false"),
        flag("tax_shipping", "false"),
        sa.Column("payment_methods", ARRAY(sa.Text), server_default=methods, nullable=False),
        *number("payment_window", default="1800"),
        *number("manual_payment_window", default="604800"),
        *number("return_window", default="2592000"),
        *now("created_at", "updated_at"),
        unique("vendor_code"),
        unique("order_number_prefix"),
        check("windows", "payment_window > 0 AND manual_payment_window > 0 AND return_window >= 0"),
    )
    op.create_table(
        "vendor_users",
        key(),
        *existing_vendor(),
        *text("email", "password_hash", "first_name", "last_name"),
        *text("role", default="owner"),
        flag("is_active", "true"),
        *now("created_at"),
        check("role", "role IN ('owner', 'staff')"),
    )
    op.create_index("uq_vendor_users_email", "vendor_users", [sa.text("lower(email)")], unique=True)
    index("vendor_users", "vendor_id")
    op.create_table(
        "shipping_rates",
        key(),
        *existing_vendor(),
        *text("code", "name"),
        *amount("price"),
        *number("position", default="0"),
        flag("is_active", "true"),
        unique("vendor_id", "code"),
        check("price_not_negative", "price >= 0"),
    )
    op.create_table(
        "order_number_counters",
        *existing_vendor(),
        sa.Column("day", sa.Date, nullable=False),
        *number("last_number"),
        sa.PrimaryKeyConstraint("vendor_id", "day"),
    )


def create_customers() -> None:
    op.create_table(
        "customers",
        key(),
        *existing_vendor(),
        *text("email", "password_hash", "first_name", "last_name"),
        *number("total_orders", default="0"),
        *amount("total_spent", default="0"),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        check("totals_not_negative", "total_orders >= 0 AND total_spent >= 0"),
    )
    email: list[str | sa.TextClause] = ["vendor_id", sa.text("lower(email)")]
    op.create_index("uq_customers_vendor_id_email", "customers", email, unique=True)
    op.create_table(
        "customer_addresses",
        key(),
        vendor(),
        *reference("customer_id", "customers"),
        *text("first_name", "last_name", "address_line1", "city", "postal_code", "country"),
        *text("company", "address_line2", "phone", nullable=True),
        flag("is_default", "false"),
        *now("created_at", "updated_at"),
    )
    index("customer_addresses", "customer_id")
    op.create_index(
        "uq_customer_addresses_default",
        "customer_addresses",
        ["customer_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )


def create_catalogue() -> None:
    op.create_table(
        "products",
        key(),
        *existing_vendor(),
        *text("sku", "title"),
        *text("description", default=""),
        *amount("price"),
        *text("featured_image", nullable=True),
        flag("is_active", "true"),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        unique("vendor_id", "sku"),
        check("price_not_negative", "price >= 0"),
    )
    op.create_index("ix_products_vendor_id_title", "products", ["vendor_id", "title", "id"])
    op.create_table(
        "inventory",
        *reference("product_id", "products"),
        vendor(),
        *number("available_quantity", "reserved_quantity", default="0"),
        sa.PrimaryKeyConstraint("product_id"),
        check("available_not_negative", "available_quantity >= 0"),
        check("reserved_not_negative", "reserved_quantity >= 0"),
    )
    index("inventory", "vendor_id")
    movements = "'initial', 'adjusted', 'reserved', 'released', 'shipped', 'returned'"
    op.create_table(
        "inventory_movements",
        key(),
        vendor(),
        *reference("product_id", "products"),
        *text("movement_type"),
        *number("available_change", "reserved_change"),
        *text("reference", "notes", nullable=True),
        *now("created_at"),
        check("movement_type", f"movement_type IN ({movements})"),
    )
    index("inventory_movements", "product_id", "id")
    op.create_index(
        "uq_inventory_movements_reference",
        "inventory_movements",
        ["reference", "product_id", "movement_type"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )


def create_carts() -> None:
    op.create_table(
        "carts",
        key(),
        *existing_vendor(),
        *text("session_id"),
        *reference("customer_id", "customers", nullable=True),
        *number("version", default="1"),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        unique("vendor_id", "session_id"),
    )
    index("carts", "customer_id", "updated_at")
    op.create_table(
        "cart_items",
        key(),
        vendor(),
        *reference("cart_id", "carts"),
        *reference("product_id", "products"),
        *number("quantity"),
        unique("cart_id", "product_id"),
        check("quantity_positive", "quantity > 0"),
    )
    index("cart_items", "vendor_id")


def create_placements() -> None:
    op.create_table(
        "placements",
        key(),
        vendor(),
        *reference("customer_id", "customers"),
        *reference("cart_id", "carts"),
        *number("cart_version"),
        *text("idempotency_key", "request_hash", "order_number"),
        *document("request"),
        *amount("quoted_total"),
        *text("state", default="claimed"),
        *document("refusal", nullable=True),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        unique("vendor_id", "customer_id", "idempotency_key"),
        unique("cart_id", "cart_version"),
        unique("order_number"),
        check("state", "state IN ('claimed', 'reserved', 'created', 'placed', 'refused')"),
    )


def create_orders() -> None:
    statuses = "'pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled'"
    payment_statuses = "'pending', 'paid', 'failed', 'partially_refunded', 'refunded', 'voided'"
    amounts = ("subtotal", "shipping_cost", "tax_amount", "discount_amount", "total_amount")
    op.create_table(
        "orders",
        key(),
        vendor(),
        *reference("customer_id", "customers"),
        *reference("placement_id", "placements"),
        *text("order_number", "status", "payment_status", "currency", "shipping_method", "payment_method"),
        *text("cancel_reason", "payment_reference", "carrier", "tracking_number", nullable=True),
        *text("customer_notes", "ip_address", "user_agent", nullable=True),
        *amount(*amounts),
        *amount("paid_amount", "refunded_amount", "refund_pending_amount", default="0"),
        flag("prices_include_tax"),
        *document("tax_summary", "shipping_address", "billing_address"),
        sa.Column("search_document", TSVECTOR, nullable=False),
        *moment("payment_expires_at", "paid_at", "shipped_at", "delivered_at", "completed_at"),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        unique("placement_id"),
        unique("order_number"),
        check("status", f"status IN ({statuses})"),
        check("payment_status", f"payment_status IN ({payment_statuses})"),
        check("cancel_reason", "(status = 'cancelled') = (cancel_reason IS NOT NULL)"),
        check("amounts_not_negative", " AND ".join(f"{name} >= 0" for name in amounts)),
        check("paid_within_total", "paid_amount BETWEEN 0 AND total_amount"),
        check(
            "refunded_within_paid",
            "refunded_amount >= 0 AND refund_pending_amount >= 0"
            " AND refunded_amount + refund_pending_amount <= paid_amount",
        ),
    )
    op.create_index("ix_orders_vendor_id_created_at", "orders", ["vendor_id", "created_at", "id"])
    for column in ("status", "payment_status"):
        op.create_index(f"ix_orders_vendor_id_{column}", "orders", ["vendor_id", column, "created_at", "id"])
    index("orders", "customer_id", "created_at", "id")
    op.create_index("ix_orders_search_document", "orders", ["search_document"], postgresql_using="gin")


def create_order_items() -> None:
    op.create_table(
        "order_items",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *number("position", "quantity"),
        *reference("product_id", "products"),
        *text("product_sku", "product_title"),
        *text("product_image", nullable=True),
        *amount("unit_price", "total_price", "tax_amount"),
        rate("tax_rate"),
        unique("order_id", "position"),
        check("quantity_positive", "quantity > 0"),
        check("amounts_not_negative", "unit_price >= 0 AND total_price >= 0 AND tax_amount >= 0"),
    )
    index("order_items", "product_id")


def create_order_history() -> None:
    op.create_table(
        "order_events",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *number("sequence"),
        *text("type", "payment_status", "actor_type"),
        *text("from_status", "to_status", "cause", "notes", nullable=True),
        sa.Column("actor_id", sa.BigInteger),
        *document("data", default="{}"),
        *now("created_at"),
        unique("order_id", "sequence"),
        check("sequence_positive", "sequence > 0"),
        check("actor_type", ACTORS),
    )
    index("order_events", "vendor_id", "id")
    op.create_table(
        "order_commands",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *text("kind", "actor_type", "idempotency_key", "request_hash"),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        *document("body"),
        *document("outcome", nullable=True),
        *now("created_at"),
        unique("order_id", "actor_type", "actor_id", "idempotency_key"),
        check("actor_type", ACTORS),
    )
    index("order_commands", "vendor_id")


def create_payments() -> None:
    op.create_table(
        "payments",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *text("provider", "currency", "status"),
        *text("provider_reference", "client_secret", "decline_code", nullable=True),
        *amount("amount"),
        *now("created_at", "updated_at"),
        unique("vendor_id", "id"),
        unique("order_id"),
        unique("provider_reference"),
        check("provider", "provider IN ('stripe', 'manual')"),
        check("amount_not_negative", "amount >= 0"),
    )
    index("payments", "vendor_id")
    op.create_table(
        "refunds",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *reference("payment_id", "payments"),
        *text("refund_key", "currency", "reason", "status"),
        *text("provider_reference", "failure_reason", nullable=True),
        *amount("amount"),
        *now("created_at", "updated_at"),
        unique("refund_key"),
        unique("provider_reference"),
        check("status", "status IN ('pending', 'succeeded', 'failed')"),
        check("amount_positive", "amount > 0"),
    )
    index("refunds", "order_id")
    index("refunds", "vendor_id")


def create_emails() -> None:
    op.create_table(
        "emails",
        key(),
        vendor(),
        *reference("order_id", "orders"),
        *text("email_key", "kind", "recipient", "subject", "message_id"),
        *text("failure", nullable=True),
        *moment("sent_at"),
        *now("created_at"),
        unique("message_id"),
        unique("order_id", "email_key"),
    )
    index("emails", "vendor_id")
