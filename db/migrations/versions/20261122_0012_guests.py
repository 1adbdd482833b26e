"""Guests: customers without a password, and the account that they became."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNIQUE = "uq_customers_vendor_id_email"
_ADDRESS: Sequence[str | sa.TextClause] = ["vendor_id", sa.text("lower(email)")]


def upgrade() -> None:
    """An e-mail address is one account's, and any number of guests'.

    `lower` is not leakproof, so row-level security lets only the index on the plain address be searched.
    """
    op.alter_column("customers", "password_hash", nullable=True)
    op.add_column("customers", sa.Column("account_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_customers_vendor_id_account_id_customers",
        "customers",
        "customers",
        ["vendor_id", "account_id"],
        ["vendor_id", "id"],
    )
    op.create_check_constraint(
        "only_guests_have_accounts", "customers", "account_id IS NULL OR password_hash IS NULL"
    )
    op.drop_index(_UNIQUE, "customers")
    op.create_index(
        _UNIQUE, "customers", [*_ADDRESS], unique=True, postgresql_where=sa.text("password_hash IS NOT NULL")
    )
    op.create_index("ix_customers_vendor_id_email", "customers", ["vendor_id", "email"])
    op.create_index(
        "ix_customers_account_id",
        "customers",
        ["account_id"],
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Refused by PostgreSQL while there are guests: they have no password, and their orders need them."""
    op.drop_index("ix_customers_account_id", "customers")
    op.drop_index("ix_customers_vendor_id_email", "customers")
    op.drop_index(_UNIQUE, "customers")
    op.create_index(_UNIQUE, "customers", [*_ADDRESS], unique=True)
    op.drop_constraint("ck_customers_only_guests_have_accounts", "customers")
    op.drop_constraint("fk_customers_vendor_id_account_id_customers", "customers")
    op.drop_column("customers", "account_id")
    op.alter_column("customers", "password_hash", nullable=False)
