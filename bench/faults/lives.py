"""One order's random life: what customer and vendor do with it, at moments that chance decides."""

import asyncio
import time
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from bench.faults.bulk_changing import BulkChanging
from bench.faults.card_form import CardForm
from bench.faults.invoicing import Invoicing
from bench.faults.patience import PATIENCE, PatientClient
from bench.faults.refunding import Refunding
from bench.faults.tally import Tally
from bench.shops import Basket

_MOVES: tuple[dict[str, str], ...] = (
    {"status": "processing"},
    {"status": "shipped", "carrier": "DHL", "tracking_number": "JD014600006281230701"},
    {"status": "delivered"},
)
# (card, what becomes of its 3-D Secure), tried in turn; an empty script is a customer who walks away.
_SCRIPTS: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = (
    (40, (("pm_card_visa", ""),)),
    (12, (("pm_card_chargeDeclined", ""), ("pm_card_visa", ""))),
    (5, (("pm_card_chargeDeclinedInsufficientFunds", ""),)),
    (12, (("pm_card_authenticationRequired", "succeed"),)),
    (6, (("pm_card_authenticationRequired", "fail"), ("pm_card_visa", ""))),
    (5, (("pm_card_authenticationRequired", "fail"),)),
    (8, (("pm_card_pendingRefund", ""),)),
    (12, ()),
)


@dataclass(frozen=True)
class Life:
    """One shopper with one basket; `window` is how long the order may stay unpaid, in seconds.

    Each role throws dice of its own, made from `seed`, so that who is faster changes nobody's decisions.
    """

    basket: Basket
    seed: str
    api: PatientClient
    form: CardForm
    tally: Tally
    window: float

    async def live(self) -> None:
        """From the empty cart to wherever chance leads; refusals that the contract names are part of it."""
        order = await self._place() if await self._fill() else None
        if order is None:
            self.tally.done["placement refused"] += 1
            return
        self.tally.placed.append(order["order_number"])
        self.tally.hear(order)
        self.tally.orders_of[self.basket.shopper.vendor_id].append(order["id"])
        async with asyncio.TaskGroup() as people:
            for role in (self._pay, self._work, self._cancel_as_customer, self._cancel_as_vendor):
                people.create_task(role(order))
            invoicing = Invoicing(self.basket, self._dice("invoice"), self.api, self.tally)
            people.create_task(invoicing.ask(order))

    async def _fill(self) -> bool:
        """Whether anything got into the cart; what is sold out does not."""
        dice = self._dice("fill")
        filled = False
        url = f"{self._shop}/cart/{self.basket.session_id}/items"
        for product_id in self.basket.product_ids:
            item = {"product_id": product_id, "quantity": dice.choice((1, 1, 2))}
            answer = await self.api.call(
                "cart", "POST", url, headers=self.basket.shopper.headers, expected=(200, 201, 409), json=item
            )
            filled = filled or answer.is_success
        return filled

    async def _place(self) -> dict[str, Any] | None:
        dice = self._dice("place")
        shopper = self.basket.shopper
        body = {
            "session_id": self.basket.session_id,
            "shipping_address_id": shopper.address_id,
            "billing_address_id": shopper.address_id,
            "payment_method": "manual" if dice.random() < 0.1 else "stripe",
        }
        clicks = 2 if dice.random() < 0.2 else 1
        if clicks == 2:
            self.tally.done["double clicks"] += 1
        answers = await asyncio.gather(*(self._click(body) for _ in range(clicks)))
        numbers = {answer["order_number"] if answer else None for answer in answers}
        if len(numbers) > 1:
            self.tally.answers.unexpected.append(f"one click too many made {numbers}")
        return answers[0]

    async def _click(self, body: dict[str, Any]) -> dict[str, Any] | None:
        headers, expected = self.basket.shopper.headers, (200, 201, 202, 409)
        answer = await self.api.call(
            "place",
            "POST",
            f"{self._shop}/orders",
            headers=headers,
            expected=expected,
            json=body,
            key=self.basket.session_id,
        )
        deadline = time.monotonic() + PATIENCE
        while answer.status_code == 202:
            if time.monotonic() > deadline:
                self.tally.answers.give_up("place", "202")
            self.tally.done["placement answered later"] += 1
            await asyncio.sleep(1)
            url = answer.headers["Location"]
            answer = await self.api.call("look", "GET", url, headers=headers, expected=expected)
        return answer.json() if answer.status_code in (200, 201) else None

    async def _pay(self, order: dict[str, Any]) -> None:
        dice = self._dice("pay")
        if order["payment_method"] == "manual":
            await _sleep(dice, 3)
            if dice.random() < 0.7:
                await self._move(order, {"status": "confirmed"})
            return
        weights = [weight for weight, _ in _SCRIPTS]
        [(_, script)] = dice.choices(_SCRIPTS, weights)
        if not script:
            self.tally.done["customer walks away"] += 1
        if dice.random() < 0.08:
            self.tally.done["paying when the window closes"] += 1
            await asyncio.sleep(self.window - 1 + 2 * dice.random())
        for card, challenge in script:
            await _sleep(dice, 2)
            clicks = 2 if dice.random() < 0.15 else 1
            await asyncio.gather(
                *(self.form.pay(order["payment"], card, challenge=challenge) for _ in range(clicks))
            )

    async def _work(self, order: dict[str, Any]) -> None:
        """The vendor takes up what is confirmed, and stops somewhere on the way; refunds come in between."""
        dice = self._dice("work")
        seen = await self._decided(order)
        refunding = Refunding(self.basket, dice, self.api, self.tally)
        bulk_dice = self._dice("bulk")
        bulk = BulkChanging(self.basket, bulk_dice, self.api, self.tally)
        if seen == "confirmed":
            for move in _MOVES[: dice.choice((0, 1, 2, 3, 3, 3))]:
                await _sleep(dice, 1.5)
                if dice.random() < 0.12:
                    await refunding.refund(order)
                await (bulk.move if bulk_dice.random() < 0.15 else self._move)(order, move)
        if dice.random() < 0.35:
            await _sleep(dice, 4)
            await refunding.refund(order)

    async def _decided(self, order: dict[str, Any]) -> str:
        url = f"{self._shop}/orders/my-orders/{order['id']}"
        status = "pending"
        for _ in range(int(self.window) * 4):
            answer = await self.api.call("look", "GET", url, headers=self.basket.shopper.headers)
            self._hear(answer)
            if answer.status_code == 200:
                status = answer.json()["status"]
            if status != "pending":
                break
            await asyncio.sleep(0.5)
        return status

    async def _move(self, order: dict[str, Any], move: dict[str, str]) -> None:
        self.tally.done[f"vendor sets {move['status']}"] += 1
        answer = await self.api.call(
            "status",
            "PUT",
            f"/api/v1/vendor/orders/{order['id']}/status",
            headers=self.basket.shopper.vendor_headers,
            expected=(200, 202, 409),
            json=move,
            key=f"move-{move['status']}",
        )
        self._hear(answer)

    async def _cancel_as_customer(self, order: dict[str, Any]) -> None:
        dice = self._dice("customer")
        if dice.random() >= 0.2:
            return
        await _sleep(dice, 8)
        self.tally.done["customer cancels"] += 1
        url = f"{self._shop}/orders/my-orders/{order['id']}/cancel"
        headers = self.basket.shopper.headers
        cancelling = (
            self.api.call("cancel", "POST", url, headers=headers, expected=(200, 202, 409), key=key)
            for key in ("cancel-1", "cancel-1", "cancel-2")[: dice.choice((1, 1, 3))]
        )
        for answer in await asyncio.gather(*cancelling):
            self._hear(answer)

    async def _cancel_as_vendor(self, order: dict[str, Any]) -> None:
        dice = self._dice("vendor")
        if dice.random() >= 0.1:
            return
        await _sleep(dice, 8)
        choices = {
            "reason": dice.choice(("vendor", "out_of_stock", "fraud", "other")),
            "restock": dice.random() < 0.5,
            "notify_customer": dice.random() < 0.5,
        }
        self.tally.done["vendor cancels"] += 1
        answer = await self.api.call(
            "cancel",
            "POST",
            f"/api/v1/vendor/orders/{order['id']}/cancel",
            headers=self.basket.shopper.vendor_headers,
            expected=(200, 202, 409),
            json=choices,
            key="cancel",
        )
        self._hear(answer)

    def _hear(self, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            self.tally.hear(answer.json())

    def _dice(self, role: str) -> Random:
        return Random(f"{self.seed}:{role}")

    @property
    def _shop(self) -> str:
        return f"/api/v1/public/vendors/{self.basket.shopper.vendor_id}"


async def _sleep(dice: Random, most: float) -> None:
    await asyncio.sleep(most * dice.random())
