"""Which sign-ins of a customer count: those since the last new password."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Asked with every request of a customer, on a connection without a transaction and so without a vendor:
# as `orion_platform` no policy stands in the way, and the function filters by the vendor that it is given.
TOKENS_VALID_FROM = """
CREATE FUNCTION customer_tokens_valid_from(vendor_id bigint, customer_id bigint) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT customers.tokens_valid_from FROM customers
    WHERE customers.id = customer_id
      AND customers.vendor_id = customer_tokens_valid_from.vendor_id;
END
"""


def upgrade() -> None:
    """Everybody who is signed in stays so: a constant default rewrites no row and ends no sign-in."""
    op.add_column(
        "customers",
        sa.Column(
            "tokens_valid_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("'epoch'::timestamptz"),
            nullable=False,
        ),
    )
    op.execute(TOKENS_VALID_FROM)
    op.execute("REVOKE ALL ON FUNCTION customer_tokens_valid_from FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION customer_tokens_valid_from TO orion_application")
    # To be handed the function, the platform role needs CREATE for a moment.
    op.execute("GRANT CREATE ON SCHEMA public TO orion_platform")
    op.execute("ALTER FUNCTION customer_tokens_valid_from OWNER TO orion_platform")
    op.execute("REVOKE CREATE ON SCHEMA public FROM orion_platform")


def downgrade() -> None:
    """Every token counts again until it expires."""
    op.execute("SET LOCAL ROLE orion_platform")
    op.execute("DROP FUNCTION customer_tokens_valid_from")
    op.execute("RESET ROLE")
    op.drop_column("customers", "tokens_valid_from")
