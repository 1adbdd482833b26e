"""What happens before and after the backup of the restore drill, and the books of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from bench.faults.books import Books, books_of, read_tables
from db.tables import Base, Dispute, Email, Order, OrderEvent, OrderItem, Payment, Placement, Refund
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.market import Market
from tests.system.shopper import Shopper
from tests.system.stripe_account import listed
from tests.waiting import eventually
from tests.workflows.payments import control

JSON = dict[str, Any]
_OF_AN_ORDER: tuple[type[Base], ...] = (Email, OrderEvent, OrderItem, Payment, Refund)
_LEFT_OUT = frozenset({"updated_at", "search_document", "total_hundredths", "carrier", "tracking_number"})


@dataclass
class Day:
    """The orders of the drill by what becomes of them."""

    market: Market
    http: httpx.AsyncClient
    orders: dict[str, JSON] = field(default_factory=dict)
    shoppers: dict[str, Shopper] = field(default_factory=dict)
    disputes: dict[str, str] = field(default_factory=dict)

    async def place(self, name: str, *, paid: bool = True, by_hand: bool = False) -> JSON:
        shopper = self.shoppers[name] = await self.market.shopper(self.http)
        answer = await (shopper.place(payment_method="manual") if by_hand else shopper.place_at_last())
        assert answer.status_code == 201, answer.text
        self.orders[name] = answer.json()
        if paid:
            await self.pay(name)
        return self.orders[name]

    async def capture(self, method: str) -> None:
        """How the vendor takes the money of orders that are placed from now on."""
        answer = await self.http.put(
            "/api/v1/vendor/settings",
            json={"capture_method": method},
            headers=self.market.vendor_headers,
        )
        assert answer.is_success, answer.text

    async def pay(self, name: str) -> None:
        await self.shoppers[name].pay(self.orders[name])
        await self.reached(name, status="confirmed")

    async def move(self, name: str, status: str, **change: str) -> None:
        order, key = self.orders[name]["id"], f"{self.number(name)}-{status}"
        answer = await eventually(
            lambda: self.market.move(self.http, order, key=key, status=status, **change),
            lambda answer: answer.status_code != 503,  # as clients do: the worker may be starting still
            within=60,
        )
        assert answer.status_code == 200, answer.text

    async def refund(self, name: str, amount: str) -> None:
        answer = await self.http.post(
            f"/api/v1/vendor/orders/{self.orders[name]['id']}/refunds",
            json={"amount": amount, "reason": "a scratch"},
            headers=self.market.vendor_headers,
        )
        assert answer.is_success, answer.text

    async def dispute(self, name: str) -> None:
        """The customer goes to the bank."""
        reference = self.orders[name]["payment"]["client_secret"].partition("_secret_")[0]
        opened = await control(
            self.market.sandbox, f"payment_intents/{reference}/dispute", reason="product_not_received"
        )
        self.disputes[name] = opened["id"]
        await self.happened(name, "dispute.opened")

    async def decide(self, name: str, outcome: str) -> None:
        """The bank does."""
        await control(self.market.sandbox, f"disputes/{self.disputes[name]}/decide", outcome=outcome)
        await self.happened(name, f"dispute.{outcome}")

    async def happened(self, name: str, event: str) -> None:
        await eventually(
            lambda: self.market.events(self.number(name)), lambda events: event in events, within=60
        )

    async def reached(self, name: str, **wanted: str) -> None:
        await eventually(
            lambda: self.shoppers[name].order(self.orders[name]["id"]),
            lambda order: all(order[key] == value for key, value in wanted.items()),
            within=60,
        )

    def number(self, name: str) -> str:
        return str(self.orders[name]["order_number"])


async def yesterday(day: Day) -> None:
    for name in ("resting", "to ship", "to refund", "to cancel", "to dispute", "disputed"):
        await day.place(name)
    await day.place("to pay", paid=False)
    await day.place("to pay by hand", paid=False, by_hand=True)
    await day.move("to refund", "shipped", carrier="Post", tracking_number="T-1")
    await day.dispute("disputed")
    await day.capture("on_shipment")
    await day.place("to capture")
    await day.place("to authorise", paid=False)


async def today(day: Day) -> None:
    await day.move("to ship", "shipped", carrier="Post", tracking_number="T-2")
    await day.move("to ship", "delivered")
    await day.refund("to refund", "10.00")
    await day.reached("to refund", payment_status="partially_refunded")
    await day.pay("to pay")
    assert (await day.shoppers["to cancel"].cancel(day.orders["to cancel"]["id"])).is_success
    await day.reached("to cancel", payment_status="refunded")
    await day.move("to pay by hand", "confirmed")
    await day.decide("disputed", "won")
    await day.dispute("to dispute")
    await day.decide("to dispute", "lost")
    await day.move("to capture", "shipped", carrier="Post", tracking_number="T-5")
    await day.pay("to authorise")
    await day.place("lost and authorised")
    await day.capture("automatic")
    await day.place("lost and paid")
    await day.place("lost and unpaid", paid=False)
    await day.place("lost and shipped")
    await day.move("lost and shipped", "shipped", carrier="Post", tracking_number="T-3")
    await day.place("lost and disputed")
    await day.dispute("lost and disputed")
    await day.place("lost and paid by hand", paid=False, by_hand=True)
    await day.move("lost and paid by hand", "confirmed")


def facts(books: Books, disputes: list[Dispute]) -> dict[str, JSON]:
    """What is compared of each order before and after: its columns, its history, and what hangs on it.

    Free text is left out, and ids that are the database's own.
    """
    return {
        order.order_number: _columns(order)
        | _named("payment", (row for row in books.payments if row.order_id == order.id))
        | _named("refund", (row for row in books.refunds if row.order_id == order.id))
        | _named("dispute", (row for row in disputes if row.order_id == order.id))
        | {
            f"event {event.sequence} {name}": getattr(event, name)
            for event in books.events[order.id]
            for name in ("type", "payment_status", "actor_type", "actor_id", "data", "created_at")
        }
        for order in books.orders
    }


def _columns(row: Any) -> JSON:  # noqa: ANN401 -- of any table
    return {
        column.key: getattr(row, column.key)
        for column in row.__table__.columns
        if column.key not in _LEFT_OUT
    }


def _named(what: str, rows: Iterable[Any]) -> JSON:
    return {
        f"{what} {number} {name}": value
        for number, row in enumerate(rows, start=1)
        for name, value in _columns(row).items()
        if name not in ("id", "reason")
    }


async def disputes_of(market: Market) -> list[Dispute]:
    """Those of orders that are stored."""
    async with market.database.platform() as session:
        return list(await session.scalars(select(Dispute).order_by(Dispute.provider_reference)))


def differences(before: dict[str, JSON], after: dict[str, JSON]) -> list[str]:
    """What is not as it was; a step is dated by when it was asked for, some moments before it was done."""
    assert before.keys() == after.keys()
    return [
        f"{number}: {name} was {before[number].get(name)}, is {after[number].get(name)}"
        for number in before
        for name in before[number] | after[number]
        if not _same(before[number].get(name), after[number].get(name))
    ]


def _same(one: object, other: object) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) < timedelta(seconds=5)
    return one == other


async def books_without(
    market: Market, sandbox: SandboxProcess, mailbox: MailboxProcess, without: set[str]
) -> Books:
    """Everything about the shop, without what is lost."""
    rows = await read_tables(market.database)
    kept = {order.id for order in rows[Order] if order.order_number not in without}
    for table in _OF_AN_ORDER:
        rows[table] = [row for row in rows[table] if row.order_id in kept]
    for named in (Order, Placement):
        rows[named] = [row for row in rows[named] if row.order_number not in without]
    intents = [
        intent
        for intent in await listed(sandbox, "payment_intents")
        if intent["metadata"].get("order_number") not in without
    ]
    known = {intent["id"] for intent in intents}
    lost = tuple(f"<{number.lower()}." for number in without)
    return books_of(
        rows,
        intents=intents,
        charges=[each for each in await listed(sandbox, "charges") if each["payment_intent"] in known],
        stripe_refunds=[each for each in await listed(sandbox, "refunds") if each["payment_intent"] in known],
        mails=[mail for mail in await mailbox.messages() if not mail["message_id"].startswith(lost)],
        workflows={},
    )
