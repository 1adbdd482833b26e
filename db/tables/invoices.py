"""Invoices and the notes that correct them, who issues them, and their numbers."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.tables.base import Amount, Base, CreatedAt, Id, ParentVendorId, UpdatedAt, VendorId, belongs_to


class InvoiceIssuer(Base):
    """Who sells, as it is written on a vendor's invoices; without it there are none.

    `tax_number` is a national one, for who has no `vat_id`; `footer` is what else the law of the country or
    the vendor wants on them.
    """

    __tablename__ = "invoice_issuers"

    vendor_id: Mapped[VendorId] = mapped_column(primary_key=True)
    legal_name: Mapped[str] = mapped_column(Text)
    address_line1: Mapped[str] = mapped_column(Text)
    address_line2: Mapped[str] = mapped_column(Text, server_default="")
    postal_code: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    vat_id: Mapped[str] = mapped_column(Text, server_default="")
    tax_number: Mapped[str] = mapped_column(Text, server_default="")
    footer: Mapped[str] = mapped_column(Text, server_default="")
    updated_at: Mapped[UpdatedAt]


class InvoiceNumberCounter(Base):
    """The last number a vendor gave to a kind of document in a year; a number is taken where it is used."""

    __tablename__ = "invoice_number_counters"

    vendor_id: Mapped[VendorId] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class Invoice(Base):
    """A document about an order as it was issued, which nobody changes or deletes.

    `issuer` and `rates` (rate, net, tax) are copies; lines and addresses are the order's, which never change.
    A note has its refund, and `corrects_id`: of a credit note the invoice, of a debit note the credit note.
    `issued_on` is the vendor's day, `shipping_name` what the way of shipping was called on it.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        belongs_to("order_id", "orders"),
        belongs_to("refund_id", "refunds"),
        belongs_to("corrects_id", "invoices"),
        UniqueConstraint("vendor_id", "id"),
        UniqueConstraint("vendor_id", "number"),
        CheckConstraint("kind IN ('invoice', 'credit_note', 'debit_note')", "kind"),
        CheckConstraint(
            "(kind = 'invoice') = (corrects_id IS NULL)",
            "corrects",
        ),
        CheckConstraint("total_amount >= 0 AND tax_amount BETWEEN 0 AND total_amount", "amounts"),
        Index("uq_invoices_order_once", "order_id", unique=True, postgresql_where=text("kind = 'invoice'")),
        Index("ix_invoices_order_id", "order_id"),
        Index("ix_invoices_vendor_id_issued_on", "vendor_id", "issued_on", "id"),
    )

    id: Mapped[Id]
    vendor_id: Mapped[ParentVendorId]
    order_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    refund_id: Mapped[int | None] = mapped_column(BigInteger)
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)
    issued_on: Mapped[date] = mapped_column(Date)
    issuer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    shipping_name: Mapped[str] = mapped_column(Text)
    tax_amount: Mapped[Amount]
    total_amount: Mapped[Amount]
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
