"""The drill: yesterday's database is restored, and Temporal and Stripe know today."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select
from temporalio.client import Client, WorkflowExecutionStatus

from bench.faults import invariants, mail_invariants, money_invariants, order_invariants, stock_invariants
from bench.faults.books import Books, by_order
from db.tables import (
    Customer,
    Email,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    OrderItem,
    Payment,
    Placement,
    Refund,
    RefundItem,
)
from local import postgres_account
from local.backup.backing_up import back_up
from local.backup.restoring import IDS_AHEAD, restore
from local.backup.target import Target
from local.catching_up.command import catch_up
from local.catching_up.walk import CaughtUp
from settings import Settings
from tests.fixtures.postgres import PostgresCluster, PostgresUrls
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.market import Market
from tests.system.programs import Programs
from tests.system.shopper import Shopper
from tests.system.stripe_account import intents_of, listed
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(300)

JSON = dict[str, Any]
_TABLES: tuple[type[Any], ...] = (
    Customer,
    Email,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    OrderItem,
    Payment,
    Placement,
    Refund,
    RefundItem,
)
_CHECKS = {
    "payments belong to orders": money_invariants.payments_belong_to_orders,
    "one charge": money_invariants.at_most_one_charge,
    "cancelled are refunded": money_invariants.cancelled_are_refunded,
    "PostgreSQL = Stripe": money_invariants.same_sums,
    "customers' totals": money_invariants.customers_totals_follow,
    "stock = ledger = orders": stock_invariants.stock_adds_up,
    "one e-mail for each event": mail_invariants.one_mail_for_each_event,
    "events without gaps": order_invariants.events_are_numbered,
    "events lead to the order": order_invariants.events_lead_to_the_order,
    "one order for each cart": order_invariants.one_order_for_each_cart,
}


@pytest.fixture
def target(postgres: PostgresCluster, postgres_urls: PostgresUrls, settings: Settings) -> Target:
    """The test's database, as what backs it up sees it."""
    name = settings.database_url.rpartition("/")[2].partition("?")[0]
    programs = postgres_account.binaries(postgres_account.account())
    return Target(postgres.url("postgres", name), postgres_urls.owner, postgres_urls.app, programs)


@pytest_asyncio.fixture
async def former(postgres: PostgresCluster) -> AsyncIterator[list[str]]:
    """Databases that were replaced; dropped afterwards."""
    names: list[str] = []
    yield names
    await postgres.run(*(f"DROP DATABASE {name} WITH (FORCE)" for name in names))


@dataclass
class Day:
    """The orders of the drill by what becomes of them."""

    market: Market
    http: httpx.AsyncClient
    orders: dict[str, JSON] = field(default_factory=dict)
    shoppers: dict[str, Shopper] = field(default_factory=dict)

    async def place(self, name: str, *, paid: bool = True) -> JSON:
        shopper = self.shoppers[name] = await self.market.shopper(self.http)
        answer = await shopper.place_at_last()
        assert answer.status_code == 201, answer.text
        self.orders[name] = answer.json()
        if paid:
            await self.pay(name)
        return self.orders[name]

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

    async def reached(self, name: str, **wanted: str) -> None:
        await eventually(
            lambda: self.shoppers[name].order(self.orders[name]["id"]),
            lambda order: all(order[key] == value for key, value in wanted.items()),
            within=60,
        )

    def number(self, name: str) -> str:
        return str(self.orders[name]["order_number"])


async def yesterday(day: Day) -> None:
    for name in ("resting", "to ship", "to refund", "to cancel"):
        await day.place(name)
    await day.place("to pay", paid=False)
    await day.move("to refund", "shipped", carrier="Post", tracking_number="T-1")


async def today(day: Day) -> None:
    await day.move("to ship", "shipped", carrier="Post", tracking_number="T-2")
    await day.move("to ship", "delivered")
    await day.refund("to refund", "10.00")
    await day.reached("to refund", payment_status="partially_refunded")
    await day.pay("to pay")
    assert (await day.shoppers["to cancel"].cancel(day.orders["to cancel"]["id"])).is_success
    await day.reached("to cancel", payment_status="refunded")
    await day.place("lost and paid")
    await day.place("lost and unpaid", paid=False)
    await day.place("lost and shipped")
    await day.move("lost and shipped", "shipped", carrier="Post", tracking_number="T-3")


def facts(books: Books) -> dict[str, JSON]:
    """What is compared of each order before and after: its columns and its history, free text left out."""
    left_out = {"updated_at", "search_document", "total_hundredths", "carrier", "tracking_number"}
    return {
        order.order_number: {
            column.key: getattr(order, column.key)
            for column in Order.__table__.columns
            if column.key not in left_out
        }
        | {
            f"event {event.sequence} {name}": getattr(event, name)
            for event in books.events[order.id]
            for name in ("type", "payment_status", "actor_type", "actor_id", "data", "created_at")
        }
        for order in books.orders
    }


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


async def books_of(
    market: Market, sandbox: SandboxProcess, mailbox: MailboxProcess, without: set[str]
) -> Books:
    """Everything about the shop, without what is lost."""
    async with market.database.platform() as session:
        rows: dict[Any, list[Any]] = {}
        for table in _TABLES:
            rows[table] = list(await session.scalars(select(table)))
    kept = {order.id for order in rows[Order] if order.order_number not in without}

    def of_kept(table: type[Any]) -> list[Any]:
        return [row for row in rows[table] if row.order_id in kept]

    intents = [
        intent
        for intent in await listed(sandbox, "payment_intents")
        if intent["metadata"].get("order_number") not in without
    ]
    known = {intent["id"] for intent in intents}
    lost = tuple(f"<{number.lower()}." for number in without)
    return Books(
        customers=rows[Customer],
        emails=of_kept(Email),
        inventory=rows[Inventory],
        movements=rows[InventoryMovement],
        orders=[order for order in rows[Order] if order.id in kept],
        events=by_order(of_kept(OrderEvent)),
        items=of_kept(OrderItem),
        payments=of_kept(Payment),
        placements=[each for each in rows[Placement] if each.order_number not in without],
        refunds=of_kept(Refund),
        refund_items=rows[RefundItem],
        intents=intents,
        charges=[each for each in await listed(sandbox, "charges") if each["payment_intent"] in known],
        stripe_refunds=[each for each in await listed(sandbox, "refunds") if each["payment_intent"] in known],
        mails=[mail for mail in await mailbox.messages() if not mail["message_id"].startswith(lost)],
        workflows={},
    )


async def test_restored_database_is_brought_to_where_workflows_and_stripe_are(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    settings: Settings,
    target: Target,
    former: list[str],
    temporal_client: Client,
    tmp_path: Path,
) -> None:
    api, worker = await programs.api(stripe_sandbox.webhook_port), await programs.worker()
    day = Day(market, http)
    await yesterday(day)
    taken = await back_up(target, tmp_path / "yesterday.dump", print)
    await today(day)
    lost = {day.number(name) for name in day.orders if name.startswith("lost")}
    await all_mailed(market, stripe_sandbox, mailbox, lost)
    then = await books_of(market, stripe_sandbox, mailbox, lost)
    before = facts(then)
    for program in (api, worker):
        await program.kill()
    await market.database.close()

    restored = await restore(target, tmp_path / "yesterday.dump", print)
    former.append(str(restored.former))
    careful = await catch_up(settings, None, print)
    done = await catch_up(settings, restored.taken_at, print)
    again = await catch_up(settings, restored.taken_at, print)

    books = await books_of(market, stripe_sandbox, mailbox, lost)
    assert differences(before, facts(books)) == []
    check(books)
    assert restored.rows == sum(taken.rows.values())
    check_what_was_made_up_for(day, careful)
    check_what_was_lost(day, done)
    assert not again.changed
    assert [(each.order_number, each.kept) for each in again.lost] == [
        (each.order_number, each.kept) for each in done.lost
    ]
    for name, status in (("lost and paid", "succeeded"), ("lost and unpaid", "canceled")):
        [intent] = await intents_of(stripe_sandbox, day.number(name))
        assert intent["status"] == status
        described = await temporal_client.get_workflow_handle(day.number(name)).describe()
        assert described.status == WorkflowExecutionStatus.TERMINATED

    await programs.api(stripe_sandbox.webhook_port)
    await programs.worker()
    new = await day.place("after")
    assert int(new["order_number"][-5:]) == len(day.orders)
    await day.move("resting", "shipped", carrier="Post", tracking_number="T-4")
    await day.refund("to ship", "5.00")
    await day.reached("to ship", payment_status="partially_refunded")
    assert new["id"] > IDS_AHEAD
    await all_mailed(market, stripe_sandbox, mailbox, lost)
    books = await books_of(market, stripe_sandbox, mailbox, lost)
    check(books)
    # Two of the new order, one of each of the others, and none again.
    assert len(books.mails) == len(then.mails) + 4


def check(books: Books) -> None:
    """Every invariant holds, and each compared something."""
    found = [invariants.counted(name, checked(books)) for name, checked in _CHECKS.items()]
    assert [(each.name, each.broken) for each in found if not each.holds] == []
    assert [each.name for each in found if each.compared == 0] == []


async def all_mailed(
    market: Market, sandbox: SandboxProcess, mailbox: MailboxProcess, lost: set[str]
) -> None:
    """Wait until each e-mail that an event calls for has arrived, once."""

    async def wrong() -> list[str]:
        books = await books_of(market, sandbox, mailbox, lost)
        return [problem for problem in mail_invariants.one_mail_for_each_event(books) if problem]

    await eventually(wrong, lambda problems: not problems, within=60)


def check_what_was_made_up_for(day: Day, found: CaughtUp) -> None:
    """Without the moment of the backup, what is missing is told and left alone."""
    assert (found.orders, found.advanced, found.ended, found.lost) == (8, 4, 0, [])
    assert [number for _, _, number in found.counters] == [8]
    assert sorted((each.subject, each.reason.partition(":")[0]) for each in found.attention) == [
        (day.number("to ship"), "lost"),
        (day.number("to refund"), "lost"),
        *(
            (day.number(name), "no such order is stored")
            for name in ("lost and paid", "lost and unpaid", "lost and shipped")
        ),
    ]


def check_what_was_lost(day: Day, found: CaughtUp) -> None:
    """With it, lost orders are given up, and their money goes back unless their pieces are gone."""
    assert (found.orders, found.advanced, found.ended, found.counters) == (8, 0, 3, [])
    by_number = {order.order_number: order for order in found.lost}
    paid = by_number[day.number("lost and paid")]
    shipped = by_number[day.number("lost and shipped")]
    unpaid = by_number[day.number("lost and unpaid")]
    total, nothing = Decimal(str(day.orders["lost and paid"]["total_amount"])), Decimal(0)
    assert (paid.refunded, paid.kept, paid.changed) == (total, nothing, True)
    assert (shipped.refunded, shipped.kept, shipped.changed) == (nothing, total, False)
    assert (unpaid.refunded, unpaid.kept, unpaid.changed) == (nothing, nothing, True)
    assert [(each.subject, each.reason.partition(":")[0]) for each in found.attention] == [
        (day.number("lost and shipped"), "shipped")
    ]
