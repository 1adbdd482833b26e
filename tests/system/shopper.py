"""A shopper: somebody who fills a cart over the API, orders it, and pays at Stripe in the browser's way."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess

ADDRESS = {
    "first_name": "Jane",
    "last_name": "Doe",
    "address_line1": "1 Rue de la Gare",
    "city": "Luxembourg",
    "postal_code": "1616",
    "country": "LU",
}


def api_client(url: str) -> httpx.AsyncClient:
    """A client with room for a crowd; it lets go of idle connections before the server does."""
    limits = httpx.Limits(max_connections=300, max_keepalive_connections=300, keepalive_expiry=1)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False, verify=NO_TLS)


def shop_path(vendor_id: int) -> str:
    return f"/api/v1/public/vendors/{vendor_id}"


@dataclass(frozen=True)
class Shopper:
    """A signed-in customer with an address and one cart; every call goes over HTTP."""

    http: httpx.AsyncClient
    sandbox: SandboxProcess
    vendor_id: int
    token: str
    address_id: int
    session_id: str

    @property
    def path(self) -> str:
        return shop_path(self.vendor_id)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def fill(self, lines: Sequence[tuple[int, int]]) -> None:
        """Put `(product id, quantity)` lines into the cart, in this order."""
        for product_id, quantity in lines:
            answer = await self.http.post(
                f"{self.path}/cart/{self.session_id}/items",
                json={"product_id": product_id, "quantity": quantity},
                headers=self.headers,
            )
            assert answer.is_success, answer.text

    async def quote(self) -> dict[str, Any]:
        """What the cart costs now."""
        body = {"session_id": self.session_id, "shipping_address_id": self.address_id}
        answer = await self.http.post(f"{self.path}/checkout/quote", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        quoted: dict[str, Any] = answer.json()
        return quoted

    async def place(
        self, *, key: str | None = None, http: httpx.AsyncClient | None = None, **changes: object
    ) -> httpx.Response:
        """Order the cart; `http` sends it to another process of the API."""
        body = {
            "session_id": self.session_id,
            "shipping_address_id": self.address_id,
            "billing_address_id": self.address_id,
            **changes,
        }
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key}
        return await (http or self.http).post(f"{self.path}/orders", json=body, headers=headers)

    async def place_at_last(self, *, key: str | None = None, within: float = 300) -> httpx.Response:
        """Order the cart as a patient client: looks where a 202 points, comes back after a 503 or hang-up."""
        deadline, pause = time.monotonic() + within, 1.0
        answer = await self._try_to_place(key)
        while answer is None or answer.status_code in {202, 503}:
            assert time.monotonic() < deadline, f"not decided after {within} s: {answer and answer.text}"
            if answer is not None and answer.status_code == 202:
                await asyncio.sleep(pause)
                pause = min(2 * pause, 8)  # a crowd that looks every second keeps the shop from working
                answer = await self._try_to_look(answer.headers["Location"])
            else:
                await asyncio.sleep(1.0 if answer is None else float(answer.headers["Retry-After"]))
                answer = await self._try_to_place(key)
        return answer

    async def _try_to_place(self, key: str | None) -> httpx.Response | None:
        with contextlib.suppress(httpx.TransportError):
            return await self.place(key=key)
        return None

    async def _try_to_look(self, path: str) -> httpx.Response | None:
        with contextlib.suppress(httpx.TransportError):
            return await self.http.get(path, headers=self.headers)
        return None

    async def order(self, order_id: int) -> dict[str, Any]:
        """One of the shopper's orders."""
        answer = await self.http.get(f"{self.path}/orders/my-orders/{order_id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def orders(self) -> list[dict[str, Any]]:
        """All of the shopper's orders, newest first."""
        answer = await self.http.get(f"{self.path}/orders/my-orders", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def cancel(self, order_id: int, *, reason: str | None = None) -> httpx.Response:
        """Cancel an order."""
        path = f"{self.path}/orders/my-orders/{order_id}/cancel"
        return await self.http.post(path, json={"reason": reason}, headers=self.headers)

    async def pay(self, placed: dict[str, Any], payment_method: str = "pm_card_visa") -> httpx.Response:
        """Confirm the payment as Stripe.js does: publishable key and client secret."""
        payment = placed["payment"]
        reference = payment["client_secret"].split("_secret_")[0]
        form = {"client_secret": payment["client_secret"], "payment_method": payment_method}
        headers = {"Authorization": f"Bearer {payment['publishable_key']}"}
        async with httpx.AsyncClient(
            base_url=self.sandbox.url, timeout=20, trust_env=False, verify=NO_TLS
        ) as stripe:
            return await stripe.post(f"/v1/payment_intents/{reference}/confirm", data=form, headers=headers)


async def register_shopper(
    http: httpx.AsyncClient,
    sandbox: SandboxProcess,
    vendor_id: int,
    *,
    email: str | None = None,
    first_name: str = "Jane",
    last_name: str = "Doe",
    **address: str,
) -> Shopper:
    """Somebody new: registers, signs in and enters an address, all through the API."""
    path, password = shop_path(vendor_id), "correct horse battery staple"
    person = {"email": email or f"{uuid4().hex}@example.com", "password": password}
    names = {"first_name": first_name, "last_name": last_name}
    registered = await http.post(f"{path}/customers/register", json=person | names)
    assert registered.status_code == 201, registered.text
    signed_in = await http.post(f"{path}/customers/login", json=person)
    assert signed_in.status_code == 200, signed_in.text
    token = signed_in.json()["access_token"]
    entered = await http.post(
        f"{path}/customers/addresses",
        json=ADDRESS | names | address,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert entered.status_code == 201, entered.text
    return Shopper(http, sandbox, vendor_id, token, entered.json()["id"], f"cart-{uuid4().hex}")


def code(response: httpx.Response) -> str:
    """The code of a refusal, which has to be a problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return str(response.json()["code"])
