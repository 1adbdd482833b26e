"""Every table, so that one import fills the metadata."""

from db.tables.base import Base
from db.tables.bulk import BulkJob, BulkJobOrder
from db.tables.carts import Cart, CartItem, Placement
from db.tables.catalogue import Inventory, InventoryMovement, Product
from db.tables.customers import Customer, CustomerAddress
from db.tables.imports import ProductImport, ProductImportRow
from db.tables.invoices import Invoice, InvoiceIssuer, InvoiceNumberCounter
from db.tables.messages import OrderMessage
from db.tables.notes import OrderNote
from db.tables.orders import Order, OrderCommand, OrderEvent, OrderItem
from db.tables.payments import Dispute, Email, Payment, Refund, RefundItem
from db.tables.platform import Admin, SignInAttempt, StripeEvent, TaxRateRow
from db.tables.reconciliation import FindingRow
from db.tables.vendors import OrderNumberCounter, ShippingMethod, Vendor, VendorUser

__all__ = [
    "Admin",
    "Base",
    "BulkJob",
    "BulkJobOrder",
    "Cart",
    "CartItem",
    "Customer",
    "CustomerAddress",
    "Dispute",
    "Email",
    "FindingRow",
    "Inventory",
    "InventoryMovement",
    "Invoice",
    "InvoiceIssuer",
    "InvoiceNumberCounter",
    "Order",
    "OrderCommand",
    "OrderEvent",
    "OrderItem",
    "OrderMessage",
    "OrderNote",
    "OrderNumberCounter",
    "Payment",
    "Placement",
    "Product",
    "ProductImport",
    "ProductImportRow",
    "Refund",
    "RefundItem",
    "ShippingMethod",
    "SignInAttempt",
    "StripeEvent",
    "TaxRateRow",
    "Vendor",
    "VendorUser",
]
