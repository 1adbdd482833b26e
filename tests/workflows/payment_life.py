"""One order's random life at Stripe, and how what Orion says of it differs from what Stripe says."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
from temporalio.client import RPCError, WorkflowUpdateFailedError

from activities.messages import Actor
from api.engine import Engine
from db.tables import Product
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.stripe_account import deliver, listed
from tests.waiting import eventually
from tests.workflows.payment_facts import differences
from tests.workflows.payments import control, debit, reference_of, settle
from tests.workflows.shop import Shop
from tests.workflows.test_refunds import ask, refund
from workflows.messages import (
    REFUND,
    AfterSale,
    Cancellation,
    OrderInput,
    OrderMoved,
    OrderPolicy,
    RefundRequested,
    after_sale_id,
)

JSON = dict[str, Any]
Act = Callable[[], Awaitable[object]]
REVERSALS = ("refund.", "charge.refunded", "charge.dispute.")
GONE = (WorkflowUpdateFailedError, RPCError)


@dataclass
class Life:
    """What happens to one order is chosen by its seed; Stripe's events reach it in any order, or never.

    What Orion cannot learn otherwise is not withheld for ever: of the news that money has left the payment,
    the newest arrives in the end.
    """

    seed: int
    shop: Shop
    stripe: SandboxProcess
    api: httpx.AsyncClient
    product: Product
    log: list[str] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    status: str = "pending"
    cancel_reason: str | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.given: OrderInput
        self.reference = ""

    async def live(self) -> None:
        """From the click on "Place order" until Orion and Stripe agree."""
        policy = OrderPolicy(
            payment_window=self.random.choice([1_800, 1_800, 3]),
            return_window=self.random.choice([2_592_000, 1]),
            poll_first=self.random.choice([0.3, 2.0]),
            poll_most=2.0,
            bank_poll_most=2.0,
        )
        self.given = await self.shop.claim([(self.product, 1)], policy=policy)
        await self.shop.place(self.given)
        self.reference = await reference_of(self.shop, self.given)
        await self._pay(in_time=policy.payment_window > 10)
        if self.status != "cancelled":
            await self._fulfil()
            for _ in range(self.random.randrange(5)):
                await self._step(
                    self.random.choice(
                        [self._refund, self._refund_at_stripe, self._dispute, self._cancel, self._bounce]
                    )
                )
            await self._set_refunds("succeeds")
        await self._decide_disputes()
        await self._agree()

    async def _step(self, act: Act) -> None:
        self.log.append(act.__name__.strip("_"))
        await act()
        if self.random.random() < 0.6:
            await self._hear(share=self.random.choice([0.3, 1.0]))

    async def _pay(self, *, in_time: bool) -> None:
        """Some attempts that fail, and one that does not; or none."""
        if in_time:
            for _ in range(self.random.randrange(3)):
                await self._step(self.random.choice([self._decline, self._fail_3ds, self._fail_debit]))
        last = self.random.choice([self._card, self._card, self._pass_3ds, self._debit, self._give_up])
        if not in_time and last in (self._pass_3ds, self._card):
            last = self._give_up
        await self._step(last)
        wanted = self.status if self.status == "cancelled" else "confirmed"
        await eventually(lambda: self.shop.order(self.given), lambda order: order.status == wanted, within=60)
        self.status = wanted

    async def _decline(self) -> None:
        await self.stripe.confirm(self.reference, "pm_card_chargeDeclined")

    async def _fail_3ds(self) -> None:
        await self.stripe.confirm(self.reference, "pm_card_authenticationRequired")
        await self._hear(share=0.5)
        await control(self.stripe, f"payment_intents/{self.reference}/authenticate", outcome="fail")

    async def _fail_debit(self) -> None:
        await debit(self.stripe, self.reference)
        await self._hear(share=0.5)
        await settle(self.stripe, self.reference, "fail")

    async def _card(self) -> None:
        method = self.random.choice(["pm_card_visa", "pm_card_visa", "pm_card_pendingRefund"])
        (await self.stripe.confirm(self.reference, method)).raise_for_status()

    async def _pass_3ds(self) -> None:
        await self.stripe.confirm(self.reference, "pm_card_authenticationRequired")
        await self._hear(share=0.5)
        await control(self.stripe, f"payment_intents/{self.reference}/authenticate", outcome="succeed")

    async def _debit(self) -> None:
        try:
            await debit(self.stripe, self.reference)
        except httpx.HTTPStatusError:
            # The short window has closed before.
            self.status, self.cancel_reason = "cancelled", "expired"
            return
        await self._hear(share=0.5)
        if self.given.policy.payment_window < 10:
            # The window closes meanwhile, and must not take the debit back.
            await asyncio.sleep(self.given.policy.payment_window + 0.5)
        await settle(self.stripe, self.reference, "succeed")

    async def _give_up(self) -> None:
        self.status = "cancelled"
        if self.given.policy.payment_window < 10:
            self.cancel_reason = "expired"
        elif self.random.random() < 0.5:
            self.cancel_reason = "payment_failed"
            await self.stripe.post(f"/v1/payment_intents/{self.reference}/cancel")
        else:
            self.cancel_reason = "customer"
            await self._ask_to_cancel()

    async def _fulfil(self) -> None:
        for status in self.random.choice([(), ("processing",), ("shipped",), ("shipped", "delivered")]):
            self.log.append(status)
            await self.shop.change(self.given, status)
            self.status = status

    async def _cancel(self) -> None:
        if self.status in ("confirmed", "processing"):
            await self._ask_to_cancel()
            self.status, self.cancel_reason = "cancelled", "customer"

    async def _ask_to_cancel(self) -> None:
        actor = Actor("admin", 1) if self.status == "processing" else Actor("customer", self.shop.customer.id)
        await self.shop.handle(self.given).execute_update(
            "cancel", Cancellation("customer", actor), result_type=OrderMoved
        )

    async def _refund(self) -> None:
        """The vendor asks for a part, or for all that is left; it may be refused."""
        amount = self.random.choice([None, "3.00", "7.50"])
        try:
            await refund(self.shop, self.given, amount=amount)
        except GONE as error:
            self.log[-1] += f" refused by the order: {error.__cause__ or error}"
            await self._refund_after_the_end(amount)

    async def _refund_after_the_end(self, amount: str | None) -> None:
        described = await self.shop.handle(self.given).describe()
        if described.close_time is None:
            return
        request = await ask(self.shop, self.given, amount=amount)
        try:
            await Engine(self.shop.settings, client=self.shop.client).update_after_sale(
                AfterSale(self.shop.vendor.id, self.shop.vendor.vendor_code, self.given.order_number),
                REFUND,
                request,
                update_id=f"refund-{request.command_id}",
                answer=RefundRequested,
            )
        except Exception as error:  # noqa: BLE001 -- a refusal is one of the possible answers
            self.log[-1] += f" and by its follower: {error}"

    async def _refund_at_stripe(self) -> None:
        amount = self.random.choice([{}, {"amount": "250"}, {"amount": "400"}])
        answer = await self.stripe.post("/v1/refunds", {"payment_intent": self.reference, **amount})
        self.log[-1] += f" {amount} {answer.status_code}"

    async def _bounce(self) -> None:
        """From now on the customer's bank sends refunds back, some of them after it had taken them."""
        await self._set_refunds(self.random.choice(["fails", "pends_then_fails", "fails_at_once"]))

    async def _set_refunds(self, outcome: str) -> None:
        await control(self.stripe, f"payment_intents/{self.reference}/refunds", outcome=outcome)

    async def _dispute(self) -> None:
        body: JSON = self.random.choice([{}, {"amount": 500}, {"inquiry": True}])
        async with httpx.AsyncClient(base_url=self.stripe.url, timeout=10, verify=NO_TLS) as client:
            answer = await client.post(f"/_sandbox/payment_intents/{self.reference}/dispute", json=body)
        self.log[-1] += f" {body} {answer.status_code}"

    async def _decide_disputes(self) -> None:
        for dispute in await listed(self.stripe, "disputes", payment_intent=self.reference):
            inquiry = dispute["status"].startswith("warning_")
            if (
                dispute["status"] in ("needs_response", "warning_needs_response")
                and self.random.random() < 0.8
            ):
                outcome = "warning_closed" if inquiry else self.random.choice(["won", "lost"])
                self.log.append(f"{dispute['id']} {outcome}")
                await control(self.stripe, f"disputes/{dispute['id']}/decide", outcome=outcome)

    async def _hear(self, *, share: float) -> None:
        """Some of what was not told yet reaches the order: shuffled, some of it twice or under another id."""
        fresh = [event for event in await self._events() if event["id"] not in self.heard | self.dropped]
        told = [event for event in fresh if self.random.random() < share]
        self.heard |= {event["id"] for event in told}
        again = [event for event in told if self.random.random() < 0.3]
        renamed = [event | {"id": f"{event['id']}_again"} for event in told if self.random.random() < 0.1]
        await self._tell([*told, *again, *renamed])

    async def _tell(self, events: list[JSON]) -> None:
        self.random.shuffle(events)
        answers = await asyncio.gather(*(deliver(self.api, self.stripe, event) for event in events))
        assert {answer.status_code for answer in answers} <= {200}, [answer.text for answer in answers]

    async def _events(self) -> list[JSON]:
        """Everything Stripe has to say about the payment, newest first."""
        found = await listed(self.stripe, "events")
        return [event for event in found if self.reference in str(event["data"]["object"])]

    async def _agree(self) -> None:
        """Tell the rest of it, but for what is lost for ever, until Orion says what Stripe says."""
        try:
            await eventually(self._differences, lambda found: not found, within=40)
        except AssertionError as error:
            raise AssertionError(f"life {self.seed} {self.given.order_number}: {self.log}\n{error}") from None

    async def _differences(self) -> list[str]:
        events = await self._events()
        reversals = [event["id"] for event in events if event["type"].startswith(REVERSALS)]
        for event in events:
            fresh = event["id"] not in self.heard
            if fresh and event["id"] != next(iter(reversals), None) and self.random.random() < 0.3:
                self.dropped.add(event["id"])
        if reversals:
            self.dropped.discard(reversals[0])
        await self._hear(share=1.0)
        found = await differences(self.shop, self.stripe, self.given, self.status, self.cancel_reason)
        if any("never sent" in difference for difference in found):
            await self._retry()
        return found

    async def _retry(self) -> None:
        """An operator has failed refunds sent again, so that those behind them are sent too."""
        for workflow_id in (self.given.order_number, after_sale_id(self.given.order_number)):
            try:
                await self.shop.client.get_workflow_handle(workflow_id).execute_update("retry_refund")
            except GONE:
                continue

    async def followers(self) -> list[str]:
        """The workflow that took the order up after its end, if one did."""
        follower = after_sale_id(self.given.order_number)
        try:
            await self.shop.client.get_workflow_handle(follower).describe()
        except RPCError:
            return []
        return [follower]

    async def spent(self) -> Decimal:
        """What the customer has spent on this order, by Stripe's word."""
        if self.status == "cancelled":
            return Decimal(0)
        order = await self.shop.order(self.given)
        refunds = await listed(self.stripe, "refunds", payment_intent=self.reference)
        disputes = await listed(self.stripe, "disputes", payment_intent=self.reference)
        back = sum(refund["amount"] for refund in refunds if refund["status"] == "succeeded")
        back += sum(dispute["amount"] for dispute in disputes if dispute["status"] == "lost")
        return max(order.total_amount - Decimal(back) / 100, Decimal(0))
