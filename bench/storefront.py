"""What a shopper's browser and a vendor's software do, over real HTTP."""

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from bench.shops import Basket

MAILS_OF_A_LIFE = 4  # confirmation, new order, shipped, delivered
MAILS_OF_A_MANUAL_ORDER = 2  # received, new order
# The sandbox hangs up on whoever is silent for five seconds; a request on its way at that moment is lost.
CONNECTION_SECONDS = 2.0
_MOVES: tuple[dict[str, str], ...] = (
    {"status": "processing"},
    {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600006281230701"},
    {"status": "delivered"},
)
_LOOK_AGAIN = 0.05
_STILL_PLACING = 1.0
_OVERLOADED = '"code":"overloaded"'
_PATIENCE = 60.0


class UnexpectedAnswer(Exception):  # noqa: N818 -- named for what happened
    """A request was not answered as it should be, so nothing measured with it would mean anything."""


class Storefront:
    """Shops behind one API, whose payments go to the sandbox with a publishable key.

    Who is sent away for a while, because too much comes in, comes back when told to; `came_back` counts it.
    """

    def __init__(self, client: aiohttp.ClientSession, *, api_url: str, stripe_url: str, key: str) -> None:
        self._client = client
        self._api = f"{api_url}/api/v1"
        self._stripe = f"{stripe_url}/v1"
        self._key = key
        self.expected_mails = 0
        self.came_back = 0

    async def place(self, basket: Basket, payment_method: str) -> dict[str, Any]:
        """Order a filled cart; the order as answered."""
        shopper = basket.shopper
        body = {
            "session_id": basket.session_id,
            "shipping_address_id": shopper.address_id,
            "billing_address_id": shopper.address_id,
            "payment_method": payment_method,
        }
        order = await self._call(
            "POST", f"{self._shop(basket)}/orders", shopper.headers, expected=201, json=body
        )
        if payment_method == "manual":
            self.expected_mails += MAILS_OF_A_MANUAL_ORDER
        return order

    async def live(self, basket: Basket) -> dict[str, Any]:
        """A whole life: fill the cart, order, pay, wait for the confirmation, process, ship, deliver.

        Returns the order as it was placed.
        """
        await self.fill(basket)
        order = await self.place(basket, "stripe")
        await self.pay(order)
        await self._confirmed(basket, order["id"])
        url = f"{self._api}/vendor/orders/{order['id']}/status"
        for move in _MOVES:
            moved = await self._call("PUT", url, basket.shopper.vendor_headers, json=move)
            if moved["status"] != move["status"]:
                raise UnexpectedAnswer(f"{url}: {moved['status']} instead of {move['status']}")
        self.expected_mails += MAILS_OF_A_LIFE
        return order

    async def fill(self, basket: Basket) -> None:
        """Put the basket's products into its cart, one call each."""
        url = f"{self._shop(basket)}/cart/{basket.session_id}/items"
        for product_id in basket.product_ids:
            item = {"product_id": product_id, "quantity": 1}
            await self._call("POST", url, basket.shopper.headers, json=item)

    async def pay(self, order: Mapping[str, Any]) -> None:
        """Confirm the PaymentIntent at Stripe with a card, as the browser does."""
        secret = order["payment"]["client_secret"]
        intent = order["payment_reference"]
        form = {"client_secret": secret, "payment_method": "pm_card_visa"}
        key = {"Authorization": f"Bearer {self._key}"}
        await self._call("POST", f"{self._stripe}/payment_intents/{intent}/confirm", key, data=form)

    async def confirm(self, basket: Basket, order: Mapping[str, Any]) -> None:
        """Confirm an order that is paid by hand, as its vendor."""
        url = f"{self._api}/vendor/orders/{order['id']}/status"
        await self._call("PUT", url, basket.shopper.vendor_headers, json={"status": "confirmed"})

    async def _confirmed(self, basket: Basket, order_id: int) -> None:
        url = f"{self._shop(basket)}/orders/my-orders/{order_id}"
        deadline = time.monotonic() + _PATIENCE
        while (await self._call("GET", url, basket.shopper.headers))["status"] != "confirmed":
            if time.monotonic() > deadline:
                raise UnexpectedAnswer(f"{url}: not confirmed within {_PATIENCE:.0f} s")
            await asyncio.sleep(_LOOK_AGAIN)

    def _shop(self, basket: Basket) -> str:
        return f"{self._api}/public/vendors/{basket.shopper.vendor_id}"

    async def _call(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        expected: int = 200,
        json: object = None,
        data: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        while True:
            async with self._client.request(method, url, headers=headers, json=json, data=data) as answer:
                if answer.status == expected:
                    body: dict[str, Any] = await answer.json()
                    return body
                text = await answer.text()
                pause = _pause(answer, text)
            if pause is None:
                raise UnexpectedAnswer(f"{method} {url}: {answer.status} {text[:500]}")
            self.came_back += 1
            await asyncio.sleep(pause)


def _pause(answer: aiohttp.ClientResponse, text: str) -> float | None:
    """For how long an answer asks its client to stay away; None where it does not."""
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and _OVERLOADED in text:
        return float(answer.headers["Retry-After"])
    # An order that is still being placed is asked for again by the same request.
    return _STILL_PLACING if answer.status == HTTPStatus.ACCEPTED else None
