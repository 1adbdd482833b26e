"""Lines of COPY's text format, by table."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

# What is written of each table; all else keeps its default.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "vendors": ("id", "vendor_code", "name", "contact_email", "country", "order_number_prefix"),
    "vendor_users": (*("id", "vendor_id", "email", "password_hash", "first_name", "last_name"),),
    "shipping_rates": ("id", "vendor_id", "code", "name", "price"),
    "products": ("id", "vendor_id", "sku", "title", "price", "created_at", "updated_at"),
    "inventory": ("product_id", "vendor_id", "available_quantity", "reserved_quantity"),
    "inventory_movements": (
        *("vendor_id", "product_id", "movement_type", "available_change", "reserved_change", "reference"),
        "created_at",
    ),
    "customers": (
        *("id", "vendor_id", "email", "password_hash", "account_id", "first_name", "last_name"),
        *("total_orders", "total_spent", "created_at", "updated_at"),
    ),
    "customer_addresses": (
        *("id", "vendor_id", "customer_id", "first_name", "last_name", "address_line1", "city"),
        *("postal_code", "country", "is_default", "created_at", "updated_at"),
    ),
    "carts": ("id", "vendor_id", "session_id", "customer_id", "version", "created_at", "updated_at"),
    "placements": (
        *("id", "vendor_id", "customer_id", "cart_id", "cart_version", "idempotency_key", "request_hash"),
        *("request", "quoted_total", "order_number", "state", "created_at", "updated_at"),
    ),
    "order_number_counters": ("vendor_id", "day", "last_number"),
    "orders": (
        *("id", "vendor_id", "customer_id", "placement_id", "order_number", "status", "payment_status"),
        *("cancel_reason", "subtotal", "shipping_cost", "tax_amount", "discount_amount", "total_amount"),
        *("paid_amount", "refunded_amount", "currency", "prices_include_tax", "tax_summary"),
        *("shipping_method", "shipping_address", "billing_address", "payment_method", "payment_reference"),
        *("payment_expires_at", "carrier", "tracking_number", "customer_notes", "ip_address", "user_agent"),
        *("paid_at", "shipped_at", "delivered_at", "completed_at", "created_at", "updated_at"),
    ),
    "order_items": (
        *("id", "vendor_id", "order_id", "position", "product_id", "product_sku", "product_title"),
        *("quantity", "unit_price", "total_price", "tax_rate", "tax_amount"),
    ),
    "order_events": (
        *("vendor_id", "order_id", "sequence", "type", "from_status", "to_status", "payment_status"),
        *("actor_type", "actor_id", "notes", "data", "created_at", "transaction_id"),
    ),
    "payments": (
        *("id", "vendor_id", "order_id", "provider", "provider_reference", "client_secret", "amount"),
        *("currency", "status", "created_at", "updated_at"),
    ),
    "refunds": (
        *("id", "vendor_id", "order_id", "payment_id", "refund_key", "amount", "currency", "reason"),
        *("status", "provider_reference", "created_at", "updated_at"),
    ),
    "order_messages": (
        *("vendor_id", "order_id", "author_type", "author_id", "body", "notified_at", "created_at"),
        "transaction_id",
    ),
    "order_notes": ("vendor_id", "order_id", "author_id", "body", "created_at"),
}
NULL = r"\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def quoted(text: str) -> str:
    """A text as COPY reads it."""
    return text.translate(_ESCAPED)


def moment(at: datetime | None) -> str:
    """A time as COPY reads it."""
    return NULL if at is None else at.isoformat()


class Lines:
    """The lines of some rows of every table; `add` takes values in the order of `COLUMNS`."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def add(self, table: str, *values: object) -> None:
        """A row whose texts are quoted already."""
        self._lines[table].append("\t".join(map(str, values)))

    def files(self) -> dict[str, BytesIO]:
        """What there is for each table that has rows, as COPY reads it; the lines are gone afterwards."""
        found = {
            table: BytesIO(("\n".join(lines) + "\n").encode())
            for table, lines in self._lines.items()
            if lines
        }
        self._lines = {table: [] for table in COLUMNS}
        return found
