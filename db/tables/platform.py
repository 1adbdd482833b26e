"""What belongs to the platform and no vendor: admins, tax rates, Stripe's events, attempts to sign in."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Base, CreatedAt, Id, Moment, Rate


class Admin(Base):
    """Someone who runs the platform; `tokens_valid_from` as of the people who work for vendors."""

    __tablename__ = "admins"
    __table_args__ = (Index("uq_admins_email", func.lower(text("email")), unique=True),)

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    tokens_valid_from: Mapped[Moment] = mapped_column(server_default=text("'epoch'::timestamptz"))
    created_at: Mapped[CreatedAt]


class TaxRateRow(Base):
    """A country's standard VAT rate in percent from a day on."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        UniqueConstraint("country", "valid_from"),
        CheckConstraint("rate >= 0 AND rate < 100", "rate_range"),
    )

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(Text)
    rate: Mapped[Rate]
    valid_from: Mapped[date]


class StripeEvent(Base):
    """A webhook event that was received; `handed_over_at` is set once its workflow has it."""

    __tablename__ = "stripe_events"

    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    order_number: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[CreatedAt]
    handed_over_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignInAttempt(Base):
    """How often a password was tried in a window; `key` stands for an account, or one and an address."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_window_ends_at", "window_ends_at"),)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    attempts: Mapped[int]
    window_ends_at: Mapped[Moment]
