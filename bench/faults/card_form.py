"""The browser's payment form: confirms with the publishable key, and goes through 3-D Secure."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx

_PATIENCE = 60.0
_PAUSE = 0.3


class CardForm:
    """Pays PaymentIntents at Stripe as Stripe.js does, while Stripe's answers get lost."""

    def __init__(self, stripe: httpx.AsyncClient, counted: Counter[str]) -> None:
        self._stripe = stripe
        self._counted = counted

    async def pay(self, payment: dict[str, Any], card: str, *, challenge: str = "succeed") -> str:
        """Confirm with a card; the PaymentIntent's status, `declined`, or `closed` when it takes no money."""
        reference = payment["client_secret"].split("_secret_")[0]
        form = {"client_secret": payment["client_secret"], "payment_method": card}
        key = {"Authorization": f"Bearer {payment['publishable_key']}"}
        self._counted[f"paying with {card.removeprefix('pm_card_')}"] += 1
        answer = await self._post(f"/v1/payment_intents/{reference}/confirm", data=form, headers=key)
        if answer is None:
            return "given up"
        match answer.status_code:
            case 402:
                return "declined"
            case 400:
                return "closed"
            case _:
                return await self._challenged(reference, answer.json(), challenge)

    async def _challenged(self, reference: str, intent: dict[str, Any], outcome: str) -> str:
        status = str(intent["status"])
        if status != "requires_action":
            return status
        self._counted[f"3-D Secure: {outcome}"] += 1
        path = f"/_sandbox/payment_intents/{reference}/authenticate"
        answer = await self._post(path, json={"outcome": outcome})
        if answer is None:
            return "given up"
        return str(answer.json()["status"]) if answer.status_code == 200 else "closed"

    async def _post(self, path: str, **request: Any) -> httpx.Response | None:  # noqa: ANN401 -- httpx's own
        """The first answer that is one; None for who was kept waiting for a minute."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                answer = await self._stripe.post(path, **request)
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            await asyncio.sleep(_PAUSE)
        return None
