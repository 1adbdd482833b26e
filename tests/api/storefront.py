"""A shop as a browser meets it: a vendor, two products, and a signed-in customer with an address."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from api.tokens import Audience, Claims, Tokens
from db.session import Database
from db.tables import Cart, Customer, CustomerAddress, Product, Vendor
from settings import Settings
from tests.builders import (
    create_address,
    create_cart,
    create_customer,
    create_product,
    create_shipping_method,
    create_vendor,
)

_numbers = itertools.count(1)


def shop_path(vendor: Vendor) -> str:
    return f"/api/v1/public/vendors/{vendor.id}"


def new_session_id() -> str:
    return f"browser-session-{next(_numbers):08}"


def bearer(settings: Settings, audience: Audience, claims: Claims) -> dict[str, str]:
    tokens = Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime)
    return {"Authorization": f"Bearer {tokens.issue(audience, claims)}"}


def customer_headers(settings: Settings, customer: Customer) -> dict[str, str]:
    return bearer(settings, Audience.CUSTOMER, Claims(id=customer.id, vendor_id=customer.vendor_id))


@dataclass(frozen=True)
class Storefront:
    """A mug at 19.90 (10 in stock), a pot at 49.00 (5 in stock), shipping at 5.90, in Luxembourg (17 %)."""

    database: Database
    settings: Settings
    vendor: Vendor
    customer: Customer
    address: CustomerAddress
    mug: Product
    pot: Product
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return shop_path(self.vendor)

    async def cart(self, lines: Sequence[tuple[Product, int]] | None = None) -> Cart:
        """The customer's cart: two mugs and a pot unless given."""
        chosen = lines if lines is not None else [(self.mug, 2), (self.pot, 1)]
        return await create_cart(
            self.database, self.vendor, self.customer, chosen, session_id=new_session_id()
        )

    def order_request(self, cart: Cart | None = None, **changes: object) -> dict[str, Any]:
        """The body of `POST /orders` for a cart."""
        body: dict[str, Any] = {
            "shipping_address_id": self.address.id,
            "billing_address_id": self.address.id,
            "payment_method": "manual",
            **changes,
        }
        return body if cart is None else {"session_id": cart.session_id, **body}

    async def order(
        self,
        client: httpx.AsyncClient,
        cart: Cart | None = None,
        *,
        key: str | None = None,
        **changes: object,
    ) -> httpx.Response:
        """Place an order."""
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key}
        return await client.post(
            f"{self.path}/orders", json=self.order_request(cart, **changes), headers=headers
        )


async def open_storefront(
    database: Database, settings: Settings, *, prices_include_tax: bool = False
) -> Storefront:
    vendor = await create_vendor(database, prices_include_tax=prices_include_tax)
    await create_shipping_method(database, vendor)
    customer = await create_customer(database, vendor)
    return Storefront(
        database=database,
        settings=settings,
        vendor=vendor,
        customer=customer,
        address=await create_address(database, customer),
        mug=await create_product(database, vendor, title="Coffee mug", price=Decimal("19.90"), available=10),
        pot=await create_product(database, vendor, title="Tea pot", price=Decimal("49.00"), available=5),
        headers=customer_headers(settings, customer),
    )


def code(response: httpx.Response) -> str:
    """The problem's code; the answer has to be a problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return str(response.json()["code"])
