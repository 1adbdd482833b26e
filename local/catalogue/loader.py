"""Reading the demo catalogue from its TOML files."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.catalogue.records import (
    Address,
    Catalogue,
    Customer,
    InvoiceIssuer,
    Product,
    ShippingMethod,
    Vendor,
    VendorUser,
)

_DATA = Path(__file__).parent / "data"


def load_catalogue(folder: Path = _DATA) -> Catalogue:
    """Read the demo platform from `folder`; TypeError names a field that is missing or unknown."""
    platform = _read(folder / "platform.toml")
    return Catalogue(
        password=platform["password"],
        admin_email=platform["admin"]["email"],
        vendors=tuple(_vendor(folder / name) for name in platform["vendors"]),
    )


def _vendor(folder: Path) -> Vendor:
    fields = _read(folder / "vendor.toml")
    issuer = fields.pop("invoice_issuer")
    methods = fields.pop("shipping_methods")
    users = fields.pop("users")
    customers = fields.pop("customers")
    products = _read(folder / "products.toml")["products"]
    return Vendor(
        **fields | {"payment_methods": tuple(fields["payment_methods"])},
        invoice_issuer=InvoiceIssuer(**issuer),
        shipping_methods=tuple(_shipping_method(method) for method in methods),
        users=tuple(VendorUser(**user) for user in users),
        customers=tuple(_customer(customer) for customer in customers),
        products=tuple(Product(**_with_price(product)) for product in products),
    )


def _shipping_method(fields: dict[str, Any]) -> ShippingMethod:
    """A method without countries goes everywhere."""
    return ShippingMethod(**_with_price(fields) | {"countries": tuple(fields.get("countries", ()))})


def _customer(fields: dict[str, Any]) -> Customer:
    """An address without a name is the customer's own."""
    name = {"first_name": fields["first_name"], "last_name": fields["last_name"]}
    addresses = tuple(Address(**name | address) for address in fields["addresses"])
    return Customer(email=fields["email"], addresses=addresses, **name)


def _with_price(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"price": Decimal(fields["price"])}


def _read(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
