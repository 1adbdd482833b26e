"""Vendors, the people who work for them, their shipping rates and order number counters."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, Moment, UpdatedAt, VendorId


class Vendor(Base):
    """A shop on the platform and its settings; windows are seconds.

    `payment_instructions` tell a customer how to pay an order that is not paid through Stripe.
    `capture_method` and `capture_expiry` are the domain's. Days begin and end in `time_zone`, in figures and
    on the desk's pages.
    """

    __tablename__ = "vendors"
    __table_args__ = (
        CheckConstraint("payment_window > 0 AND manual_payment_window > 0 AND return_window >= 0", "windows"),
        CheckConstraint("capture_method IN ('automatic', 'on_shipment')", "capture_method"),
        CheckConstraint("capture_expiry IN ('capture', 'cancel')", "capture_expiry"),
    )

    id: Mapped[Id]
    vendor_code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    contact_email: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text, server_default="EUR")
    order_number_prefix: Mapped[str] = mapped_column(Text, unique=True)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    prices_include_tax: Mapped[bool] = mapped_column(server_default=text("false"))
    tax_shipping: Mapped[bool] = mapped_column(server_default=text("false"))
    payment_methods: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{stripe,manual}'::text[]")
    )
    payment_instructions: Mapped[str] = mapped_column(Text, server_default="")
    payment_window: Mapped[int] = mapped_column(server_default="1800")
    manual_payment_window: Mapped[int] = mapped_column(server_default="604800")
    return_window: Mapped[int] = mapped_column(server_default="2592000")
    capture_method: Mapped[str] = mapped_column(Text, server_default="automatic")
    capture_expiry: Mapped[str] = mapped_column(Text, server_default="cancel")
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class VendorUser(Base):
    """Someone who signs in for one vendor, without a password as long as they are only invited.

    `tokens_valid_from` is what a sign-in has to name exactly: moving it ends all sign-ins before.
    """

    __tablename__ = "vendor_users"
    __table_args__ = (
        UniqueConstraint("vendor_id", "id"),
        Index("uq_vendor_users_email", func.lower(text("email")), unique=True),
        Index("ix_vendor_users_vendor_id", "vendor_id"),
        CheckConstraint("role IN ('owner', 'staff', 'viewer')", "role"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text, server_default="owner")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    tokens_valid_from: Mapped[Moment] = mapped_column(server_default=text("'epoch'::timestamptz"))
    created_at: Mapped[CreatedAt]

    @property
    def has_password(self) -> bool:
        """Whether they can sign in already."""
        return self.password_hash is not None


class ShippingMethod(Base):
    """A way to ship and its price to some countries, before tax when the vendor's prices exclude tax.

    `countries` is sorted; without any the rate is for wherever no other one of its code is. That no two of a
    code share a country is the domain's, and settings change one after the other.
    """

    __tablename__ = "shipping_rates"
    __table_args__ = (
        UniqueConstraint("vendor_id", "code", "countries"),
        CheckConstraint("price >= 0", "price_not_negative"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[VendorId]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    price: Mapped[Amount] = mapped_column(default=Decimal(0))
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'::text[]"))
    position: Mapped[int] = mapped_column(server_default="0")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class OrderNumberCounter(Base):
    """The last order number a vendor gave out on a day (UTC)."""

    __tablename__ = "order_number_counters"

    vendor_id: Mapped[VendorId] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last_number: Mapped[int]
