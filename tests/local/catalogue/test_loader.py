"""The demo catalogue holds together."""

import csv
import re
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest

from api.schemas.invoice_issuers import GivenIssuer
from domain.money import exact
from local.catalogue.loader import load_catalogue
from local.catalogue.records import Vendor

_CATALOGUE = load_catalogue()
_VAT_RATES = Path(__file__).parents[3] / "db" / "data" / "eu_vat_standard_rates.csv"
_EMAIL = re.compile(r"[a-z.]+@[a-z-]+\.example")


@pytest.fixture(params=_CATALOGUE.vendors, ids=lambda vendor: vendor.code)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each demo vendor in turn."""
    found: Vendor = request.param
    return found


def _taxed_countries() -> set[str]:
    with _VAT_RATES.open(encoding="utf-8", newline="") as file:
        return {row["country"] for row in csv.DictReader(file)}


def test_vendors_differ_in_what_changes_the_arithmetic() -> None:
    settings = {
        v.code: (v.country, v.currency, v.prices_include_tax, v.tax_shipping) for v in _CATALOGUE.vendors
    }

    assert settings == {"ACME": ("LU", "EUR", False, False), "FIKA": ("SE", "SEK", True, True)}


def test_vendor_has_at_least_24_products_with_unique_skus_and_titles(vendor: Vendor) -> None:
    assert len(vendor.products) >= 24
    assert len({product.sku for product in vendor.products}) == len(vendor.products)
    assert len({product.title for product in vendor.products}) == len(vendor.products)
    assert len({product.category for product in vendor.products}) >= 4


def test_amounts_have_two_decimals(vendor: Vendor) -> None:
    prices = [product.price for product in vendor.products]
    for price in prices + [method.price for method in vendor.shipping_methods]:
        assert price.as_tuple().exponent == -2
        assert exact(price, vendor.currency) == price
    assert all(product.price > 0 for product in vendor.products)


def test_stock_is_mostly_there_and_sometimes_not(vendor: Vendor) -> None:
    stock = [product.stock for product in vendor.products]

    assert min(stock) == 0
    assert sum(quantity >= 5 for quantity in stock) >= 20


def test_descriptions_are_one_to_three_sentences(vendor: Vendor) -> None:
    for product in vendor.products:
        assert 1 <= len(re.findall(r"[.!?](?= |$)", product.description)) <= 3, product.sku
        assert product.featured_image is None


def test_acme_ships_at_the_agreed_rates() -> None:
    [acme] = [vendor for vendor in _CATALOGUE.vendors if vendor.code == "ACME"]

    assert {method.code: method.price for method in acme.shipping_methods} == {
        "standard": Decimal("5.00"),
        "express": Decimal("15.00"),
        "free": Decimal("0.00"),
    }


def test_every_vendor_ships_standard_and_takes_stripe(vendor: Vendor) -> None:
    assert "standard" in {method.code for method in vendor.shipping_methods}
    assert "stripe" in vendor.payment_methods


def test_every_vendor_has_a_seller_for_its_invoices(vendor: Vendor) -> None:
    issuer = vendor.invoice_issuer

    given = GivenIssuer.model_validate(asdict(issuer))
    assert given.model_dump() == asdict(issuer)
    assert issuer.country == vendor.country


def test_people_use_example_domains(vendor: Vendor) -> None:
    emails = [user.email for user in vendor.users] + [customer.email for customer in vendor.customers]

    assert {user.role for user in vendor.users} == {"owner", "staff"}
    assert len(set(emails)) == len(emails)
    for email in (*emails, vendor.contact_email, _CATALOGUE.admin_email):
        assert _EMAIL.fullmatch(email), email


def test_user_emails_are_unique_on_the_platform() -> None:
    emails = [user.email for vendor in _CATALOGUE.vendors for user in vendor.users]

    assert len(set(emails)) == len(emails)


def test_customers_live_where_tax_is_known(vendor: Vendor) -> None:
    taxed = _taxed_countries()

    assert 2 <= len(vendor.customers) <= 3
    for customer in vendor.customers:
        assert 1 <= len(customer.addresses) <= 3
        assert sum(address.is_default for address in customer.addresses) == 1
        assert {address.country for address in customer.addresses} <= taxed
    assert len({a.country for customer in vendor.customers for a in customer.addresses}) >= 3


def test_load_refuses_an_unknown_field(tmp_path: Path) -> None:
    (tmp_path / "platform.toml").write_text(
        'password = "x"\nvendors = ["v"]\n[admin]\nemail = "a@b.example"\n'
    )
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "vendor.toml").write_text(
        "payment_methods = []\nshipping_methods = []\nusers = []\ncustomers = []\ncolour = 'red'\n"
        "[invoice_issuer]\nlegal_name = 'V'\naddress_line1 = '1'\npostal_code = '1'\ncity = 'C'\n"
        "country = 'LU'\n"
    )
    (tmp_path / "v" / "products.toml").write_text("products = []\n")

    with pytest.raises(TypeError, match="colour"):
        load_catalogue(tmp_path)
