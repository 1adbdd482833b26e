"""The browser's payment form: confirms with the publishable key, and goes through 3-D Secure."""

import asyncio
from collections import Counter
from typing import Any

import httpx

_TRIES = 12


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
        for _ in range(_TRIES):
            try:
                answer = await self._stripe.post(
                    f"/v1/payment_intents/{reference}/confirm", data=form, headers=key
                )
            except httpx.TransportError:
                continue
            if answer.status_code == 402:
                return "declined"
            if answer.status_code == 400:
                return "closed"
            if answer.status_code == 200:
                return await self._challenged(reference, answer.json(), challenge)
            await asyncio.sleep(0.3)
        return "given up"

    async def _challenged(self, reference: str, intent: dict[str, Any], outcome: str) -> str:
        status = str(intent["status"])
        if status != "requires_action":
            return status
        self._counted[f"3-D Secure: {outcome}"] += 1
        path = f"/_sandbox/payment_intents/{reference}/authenticate"
        answer = await self._stripe.post(path, json={"outcome": outcome})
        return str(answer.json()["status"]) if answer.status_code == 200 else "closed"
