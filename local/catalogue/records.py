"""The records of the demo catalogue."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """Something for sale; `price` is in the vendor's currency, with or without tax as the vendor says."""

    sku: str
    title: str
    description: str
    category: str
    price: Decimal
    stock: int
    featured_image: str | None = None


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to ship and its price in the vendor's currency; without countries it is for all others."""

    code: str
    name: str
    price: Decimal
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorUser:
    """Someone who works for the vendor; `role` is `owner` or `staff`."""

    role: str
    email: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Address:
    """An entry of a customer's address book."""

    first_name: str
    last_name: str
    address_line1: str
    city: str
    postal_code: str
    country: str
    company: str | None = None
    address_line2: str | None = None
    phone: str | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Customer:
    """A shopper at one vendor."""

    email: str
    first_name: str
    last_name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class InvoiceIssuer:
    """Who is named as the seller on the vendor's invoices."""

    legal_name: str
    address_line1: str
    postal_code: str
    city: str
    country: str
    address_line2: str = ""
    vat_id: str = ""
    tax_number: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A shop with its settings, staff, customers and products."""

    code: str
    name: str
    contact_email: str
    country: str
    currency: str
    order_number_prefix: str
    prices_include_tax: bool
    tax_shipping: bool
    payment_methods: tuple[str, ...]
    invoice_issuer: InvoiceIssuer
    shipping_methods: tuple[ShippingMethod, ...]
    users: tuple[VendorUser, ...]
    customers: tuple[Customer, ...]
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole demo platform; `password` opens every demo login."""

    password: str
    admin_email: str
    vendors: tuple[Vendor, ...]
