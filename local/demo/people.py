"""Who acts in the demo: a customer with a card, and the vendor's owner."""

import secrets
from typing import Any

from local.demo.http import DemoError, Http, wait_for

_CARD = "pm_card_visa"


class Customer:
    """A demo customer, signed in at one shop."""

    def __init__(self, stack: dict[str, Any]) -> None:
        login = stack["demo"]["customer"]
        self._path = f"/api/v1/public/vendors/{login['vendor_id']}"
        self._return_url = stack["api_url"]
        answer = Http(stack["api_url"]).post(
            f"{self._path}/customers/login", {"email": login["email"], "password": login["password"]}
        )
        self.email: str = login["email"]
        self._http = Http(stack["api_url"], answer["access_token"])
        self._stripe_url: str = stack["stripe_url"]

    def products(self, count: int) -> list[dict[str, Any]]:
        """Different products that can be bought now."""
        listed = self._http.get(f"{self._path}/products", limit=50)
        found = [product for product in listed if product["in_stock"]][:count]
        if len(found) < count:
            raise DemoError(
                f"The demo shop has sold out: {len(found)} products in stock. `orion up --reset` refills it."
            )
        return found

    def fill_cart(self, products: list[dict[str, Any]]) -> str:
        """A new cart with one piece of each; returns its session id."""
        session_id = secrets.token_urlsafe(24)
        for product in products:
            self._http.post(
                f"{self._path}/cart/{session_id}/items", {"product_id": product["id"], "quantity": 1}
            )
        return session_id

    def address(self) -> int:
        """The address to ship to."""
        addresses = self._http.get(f"{self._path}/customers/addresses")
        if not addresses:
            raise DemoError(f"{self.email} has no address any more")
        default = next((each for each in addresses if each["is_default"]), addresses[0])
        address_id: int = default["id"]
        return address_id

    def quote(self, session_id: str, address_id: int) -> dict[str, Any]:
        """What the cart will cost."""
        body = {
            "session_id": session_id,
            "shipping_address_id": address_id,
            "shipping_method": "standard",
        }
        quote: dict[str, Any] = self._http.post(f"{self._path}/checkout/quote", body)
        return quote

    def place(self, session_id: str, address_id: int, expected_total: float) -> dict[str, Any]:
        """The placed order, with what is needed to pay it."""
        body = {
            "session_id": session_id,
            "shipping_address_id": address_id,
            "billing_address_id": address_id,
            "shipping_method": "standard",
            "payment_method": "stripe",
            "expected_total": expected_total,
        }
        order: dict[str, Any] = self._http.post(f"{self._path}/orders", body)
        return order

    def pay(self, payment: dict[str, Any]) -> None:
        """Confirm the payment as a browser does: with the publishable key and the client secret."""
        secret: str = payment["client_secret"]
        intent = secret.partition("_secret_")[0]
        answer = Http(self._stripe_url, payment["publishable_key"]).post_form(
            f"/v1/payment_intents/{intent}/confirm",
            {"client_secret": secret, "payment_method": _CARD, "return_url": self._return_url},
        )
        if answer["status"] != "succeeded":
            raise DemoError(f"The payment {intent} is {answer['status']}")

    def order(self, order_id: int) -> dict[str, Any]:
        """The order as its customer sees it."""
        order: dict[str, Any] = self._http.get(f"{self._path}/orders/my-orders/{order_id}")
        return order

    def cancel(self, order_id: int) -> dict[str, Any]:
        """The order after the customer has cancelled it."""
        path = f"{self._path}/orders/my-orders/{order_id}/cancel"
        order: dict[str, Any] = self._http.post(path, {"reason": "Ordered by mistake"})
        return order


class Vendor:
    """The owner of the shop the demo customer buys at, signed in."""

    def __init__(self, stack: dict[str, Any]) -> None:
        vendor_id = stack["demo"]["customer"]["vendor_id"]
        login = next(each for each in stack["demo"]["vendors"] if each["id"] == vendor_id)
        self.name: str = login["vendor_code"]
        answer = Http(stack["api_url"]).post(
            "/api/v1/vendor/login", {"email": login["email"], "password": login["password"]}
        )
        self._http = Http(stack["api_url"], answer["access_token"])

    def move(self, order_id: int, status: str, **more: str) -> dict[str, Any]:
        """The order after the vendor has set its status."""
        path = f"/api/v1/vendor/orders/{order_id}/status"
        order: dict[str, Any] = self._http.put(path, {"status": status, **more})
        return order


class Mailbox:
    """The mail that customers and vendors of the stack have received."""

    def __init__(self, url: str) -> None:
        self._http = Http(url)

    def about(self, order_number: str) -> list[dict[str, Any]]:
        """All mail with the order number in its subject, oldest first."""
        messages: list[dict[str, Any]] = self._http.get("/api/messages", subject=order_number)
        return messages

    def wait_for(self, order_number: str, subject: str, recipient: str | None = None) -> dict[str, Any]:
        """The mail about the order with these words in its subject, to this or any recipient."""

        def look() -> dict[str, Any] | None:
            return next(
                (
                    message
                    for message in self.about(order_number)
                    if subject in message["subject"] and message["to"] == (recipient or message["to"])
                ),
                None,
            )

        return wait_for(f"An e-mail about {order_number} with “{subject}”", look)
