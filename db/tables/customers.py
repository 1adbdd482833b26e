"""A vendor's customers and their address books."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import (
    Amount,
    Base,
    CreatedAt,
    Id,
    Moment,
    ParentVendorId,
    UpdatedAt,
    VendorId,
    belongs_to,
)


class Customer(Base):
    """A shopper at one vendor; the totals count paid orders that are not cancelled, less refunds.

    A guest has no password: each checkout as a guest is a customer of its own, whatever the e-mail address.
    `account_id` is the account that a guest became; an account sees its guests' orders.
    `tokens_valid_from` is what a sign-in has to name exactly: moving it ends all sign-ins before. It begins
    at the epoch, which no clock that runs behind can take for a time before the customer signed in.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        belongs_to("account_id", "customers"),
        Index(
            "uq_customers_vendor_id_email",
            "vendor_id",
            func.lower(text("email")),
            unique=True,
            postgresql_where=text("password_hash IS NOT NULL"),
        ),
        Index("ix_customers_vendor_id_email", "vendor_id", "email"),
        Index("ix_customers_account_id", "account_id", postgresql_where=text("account_id IS NOT NULL")),
        CheckConstraint("account_id IS NULL OR password_hash IS NULL", "only_guests_have_accounts"),
        CheckConstraint("total_orders >= 0 AND total_spent >= 0", "totals_not_negative"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    tokens_valid_from: Mapped[Moment] = mapped_column(server_default=text("'epoch'::timestamptz"))
    total_orders: Mapped[int] = mapped_column(server_default="0")
    total_spent: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    @property
    def is_guest(self) -> bool:
        """Whether they have no password, and so no account."""
        return self.password_hash is None


class CustomerAddress(Base):
    """An entry of a customer's address book; orders keep copies, never references."""

    __tablename__ = "customer_addresses"
    __table_args__ = (
        belongs_to("customer_id", "customers"),
        Index("ix_customer_addresses_customer_id", "customer_id"),
        Index(
            "uq_customer_addresses_default",
            "customer_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    company: Mapped[str | None] = mapped_column(Text)
    address_line1: Mapped[str] = mapped_column(Text)
    address_line2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    postal_code: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
