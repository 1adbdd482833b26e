"""The drill: yesterday's database is restored, and Temporal and Stripe know today."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus

from bench.faults import invariants, mail_invariants, money_invariants, order_invariants, stock_invariants
from bench.faults.books import Books
from local import postgres_account
from local.backup.backing_up import back_up
from local.backup.restoring import IDS_AHEAD, restore
from local.backup.target import Target
from local.catching_up.command import catch_up
from local.catching_up.walk import CaughtUp
from settings import Settings
from tests.fixtures.postgres import PostgresCluster, PostgresUrls
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.drill import Day, books_without, differences, disputes_of, facts, today, yesterday
from tests.system.market import Market
from tests.system.programs import Programs
from tests.system.stripe_account import intents_of
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(300)

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
    then = await books_without(market, stripe_sandbox, mailbox, lost)
    before = facts(then, await disputes_of(market))
    for program in (api, worker):
        await program.kill()
    await market.database.close()

    restored = await restore(target, tmp_path / "yesterday.dump", print)
    former.append(str(restored.former))
    careful = await catch_up(settings, None, print)
    done = await catch_up(settings, restored.taken_at, print)
    again = await catch_up(settings, restored.taken_at, print)

    books = await books_without(market, stripe_sandbox, mailbox, lost)
    assert differences(before, facts(books, await disputes_of(market))) == []
    check(books)
    assert restored.rows == sum(taken.rows.values())
    check_what_was_made_up_for(day, careful)
    check_what_was_lost(day, done)
    assert not again.changed
    assert [(each.order_number, each.kept) for each in again.lost] == [
        (each.order_number, each.kept) for each in done.lost
    ]
    for name, status in (
        ("lost and paid", "succeeded"),
        ("lost and unpaid", "canceled"),
        ("lost and authorised", "canceled"),
    ):
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
    books = await books_without(market, stripe_sandbox, mailbox, lost)
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
        books = await books_without(market, sandbox, mailbox, lost)
        return [problem for problem in mail_invariants.one_mail_for_each_event(books) if problem]

    await eventually(wrong, lambda problems: not problems, within=60)


def check_what_was_made_up_for(day: Day, found: CaughtUp) -> None:
    """Without the moment of the backup, what is missing is told and left alone."""
    assert (found.orders, found.advanced, found.ended, found.lost) == (16, 9, 0, [])
    assert [number for _, _, number in found.counters] == [16]
    assert sorted((each.subject, each.reason.partition(":")[0]) for each in found.attention) == [
        *((day.number(name), "lost") for name in ("to ship", "to refund", "to capture")),
        *((day.number(name), "no such order is stored") for name in day.orders if name.startswith("lost")),
    ]


def check_what_was_lost(day: Day, found: CaughtUp) -> None:
    """With it, lost orders are given up, and their money goes back unless pieces or bank speak against it."""
    assert (found.orders, found.advanced, found.ended, found.counters) == (16, 0, 6, [])
    total, nothing = Decimal(str(day.orders["lost and paid"]["total_amount"])), Decimal(0)
    by_number = {order.order_number: (order.refunded, order.kept, order.changed) for order in found.lost}
    assert by_number == {
        day.number("lost and authorised"): (nothing, nothing, True),
        day.number("lost and paid"): (total, nothing, True),
        day.number("lost and unpaid"): (nothing, nothing, True),
        day.number("lost and shipped"): (nothing, total, False),
        day.number("lost and disputed"): (nothing, total, False),
        day.number("lost and paid by hand"): (nothing, nothing, False),
    }
    assert [(each.subject, each.reason.partition(":")[0]) for each in found.attention] == [
        (day.number("lost and shipped"), "shipped"),
        (day.number("lost and disputed"), "disputed"),
        (day.number("lost and paid by hand"), "paid outside, if at all"),
    ]
