"""Shipping rates by country, and which sign-ins of a vendor's people count."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Every rate stays for everywhere, and everybody signed in: constant defaults rewrite no row."""
    op.add_column(
        "shipping_rates",
        sa.Column("countries", ARRAY(sa.Text), server_default=sa.text("'{}'::text[]"), nullable=False),
    )
    op.drop_constraint("uq_shipping_rates_vendor_id_code", "shipping_rates", type_="unique")
    op.create_unique_constraint(
        "uq_shipping_rates_vendor_id_code_countries", "shipping_rates", ["vendor_id", "code", "countries"]
    )
    op.add_column(
        "vendor_users",
        sa.Column(
            "tokens_valid_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("'epoch'::timestamptz"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    """One rate for each code remains; one that was for some countries only is not offered everywhere."""
    op.drop_column("vendor_users", "tokens_valid_from")
    op.execute(
        "DELETE FROM shipping_rates r USING shipping_rates other"
        " WHERE other.vendor_id = r.vendor_id AND other.code = r.code"
        " AND (cardinality(other.countries), other.position, other.id)"
        " < (cardinality(r.countries), r.position, r.id)"
    )
    op.execute("UPDATE shipping_rates SET is_active = false WHERE countries <> '{}'")
    op.drop_constraint("uq_shipping_rates_vendor_id_code_countries", "shipping_rates", type_="unique")
    op.drop_column("shipping_rates", "countries")
    op.create_unique_constraint("uq_shipping_rates_vendor_id_code", "shipping_rates", ["vendor_id", "code"])
