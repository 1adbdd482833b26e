"""Pages of the reconciliation against real PostgreSQL and the sandbox; Temporal is a fake at the edge."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text, update
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.gateways.order_workflows import TroubledPage
from activities.gateways.payments import PaymentGateway
from activities.gateways.stripe_payments import StripePayments
from activities.reconciliation_findings import FindingActivities
from activities.reconciliation_messages import CheckedPage, CheckPage
from activities.reconciliation_orders import OrderReconciliation
from activities.reconciliation_stock import StockReconciliation
from db.queries import reconciliation
from db.session import Database
from db.tables import FindingRow, Order
from domain.lifecycle import ActorType
from domain.reconciliation import WorkflowState
from tests.activities.stored_orders import OrderInShop, store_order
from tests.builders import create_product, create_vendor
from tests.fixtures.sandboxes import SandboxProcess

WEEK = 604_800.0


@dataclass
class FakeWorkflows:
    """Workflows that stand as they are told to, else run, and remember what they heard."""

    states: list[WorkflowState] = field(default_factory=list)
    heard: list[tuple[str, list[str]]] = field(default_factory=list)

    async def state(self, order_number: str) -> WorkflowState:
        return self.states.pop(0) if self.states else WorkflowState.RUNNING

    async def after_sale_state(self, order_number: str) -> WorkflowState:
        return WorkflowState.ABSENT

    async def tell_payment_changed(self, order_number: str) -> bool:
        return True

    async def take_up_again(self, *, vendor_id: int, vendor_code: str, order_number: str) -> None:
        raise AssertionError("nothing here has ended")

    async def mail_message(
        self, *, vendor_id: int, order_id: int, order_number: str, message_id: int, author: ActorType
    ) -> bool:
        raise AssertionError("nobody has written here")

    async def change_status_later(
        self, order_number: str, *, status: str, user_id: int, command_id: int
    ) -> bool:
        raise AssertionError("nothing here is changed in bulk")

    async def tell_attention(self, order_number: str, codes: list[str]) -> None:
        self.heard.append((order_number, codes))

    async def list_troubled(self, *, since: datetime, cursor: str | None, limit: int) -> TroubledPage:
        return TroubledPage((), None)


@pytest_asyncio.fixture
async def payments(stripe_sandbox: SandboxProcess) -> AsyncIterator[PaymentGateway]:
    gateway = StripePayments(stripe_sandbox.secret_key, stripe_sandbox.url, timeout=5.0)
    yield gateway
    await gateway.close()


def page(cursor: str | None = None, *, limit: int = 10, min_age: float = 0.0) -> CheckPage:
    return CheckPage(cursor, limit, datetime.now(UTC), min_age, WEEK)


async def run(activity: Any, given: CheckPage) -> CheckedPage:  # noqa: ANN401 -- a bound activity
    checked: CheckedPage = await ActivityEnvironment().run(activity, given)
    return checked


async def paid_order(
    database: Database,
    payments: PaymentGateway,
    stripe: SandboxProcess,
    **changes: Any,  # noqa: ANN401 -- columns
) -> OrderInShop:
    """An order that Stripe agrees with."""
    stored = await store_order(database)
    opened = await payments.open(
        order_number=stored.order.order_number,
        vendor_id=stored.vendor.id,
        amount=stored.order.total_amount,
        currency="EUR",
        idempotency_key=stored.order.order_number,
    )
    (await stripe.confirm(opened.reference)).raise_for_status()
    async with database.platform() as session:
        for table, column in (("orders", "payment_reference"), ("payments", "provider_reference")):
            key = "id" if table == "orders" else "order_id"
            await session.execute(
                text(f"UPDATE {table} SET {column} = :pi WHERE {key} = :id"),  # noqa: S608 -- names from above
                {"pi": opened.reference, "id": stored.order.id},
            )
    return stored


async def test_orders_are_walked_in_pages(
    database: Database, payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    for _ in range(3):
        await paid_order(database, payments, stripe_sandbox)
    orders = OrderReconciliation(database, payments, FakeWorkflows())
    first = await run(orders.check_orders, page(limit=2))
    assert (first.compared["money"], first.repaired, first.attention) == (2, {}, {})
    second = await run(orders.check_orders, page(first.next_cursor, limit=2))
    assert (second.compared["money"], second.next_cursor) == (1, None)


async def test_what_only_one_look_saw_is_no_finding(
    database: Database, payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    await paid_order(database, payments, stripe_sandbox)
    workflows = FakeWorkflows([WorkflowState.ABSENT, WorkflowState.RUNNING])
    checked = await run(OrderReconciliation(database, payments, workflows).check_orders, page())
    assert (checked.repaired, checked.attention) == ({}, {})
    workflows.states = [WorkflowState.ABSENT, WorkflowState.ABSENT]
    checked = await run(OrderReconciliation(database, payments, workflows).check_orders, page())
    assert checked.attention == {"workflow_missing": 1}


async def test_news_that_a_workflow_does_not_take_up_need_attention_the_second_time(
    database: Database, payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    stored = await paid_order(database, payments, stripe_sandbox)
    unpaid = {"status": "pending", "payment_status": "pending", "paid_amount": 0, "paid_at": None}
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == stored.order.id).values(unpaid))
    orders = OrderReconciliation(database, payments, FakeWorkflows())

    first, second = await run(orders.check_orders, page()), await run(orders.check_orders, page())

    assert first.repaired == {"payment_unheard": 1}
    assert (second.repaired, second.attention) == ({}, {"payment_unheard": 1})


async def test_stripe_being_busy_is_waited_for_and_is_no_finding(
    database: Database, payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    await paid_order(database, payments, stripe_sandbox)
    fault: dict[str, object] = {"kind": "rate_limit_429", "path": "/v1/payment_intents/*", "seconds": 7}
    await stripe_sandbox.faults("POST", "/_sandbox/faults", fault)
    orders = OrderReconciliation(database, payments, FakeWorkflows())
    with pytest.raises(ApplicationError) as caught:
        await run(orders.check_orders, page())
    assert (caught.value.type, caught.value.non_retryable) == ("payment_provider_unavailable", False)
    assert caught.value.next_retry_delay == timedelta(seconds=7)
    async with database.platform() as session:
        assert await session.scalar(select(func.count()).select_from(FindingRow)) == 0


async def in_scope(database: Database, *, min_age: float = 0.0) -> set[int]:
    now = datetime.now(UTC)
    async with database.platform() as session:
        keys = await reconciliation.orders_to_compare(
            session,
            after_id=0,
            rested_since=now - timedelta(seconds=min_age),
            changed_since=now - timedelta(seconds=WEEK),
            limit=100,
        )
    return {key.id for key in keys}


async def test_scope_is_what_is_open_recent_owing_or_found_before(database: Database) -> None:
    over: dict[str, Any] = {
        "status": "cancelled",
        "cancel_reason": "other",
        "paid_amount": Decimal(0),
        "payment_status": "voided",
    }
    is_open = (await store_order(database)).order.id
    recent = (await store_order(database, **over)).order.id
    owing = (await store_order(database, status="cancelled", cancel_reason="other")).order.id
    found = await store_order(database, **over)
    forgotten = (await store_order(database, **over)).order.id
    async with database.platform() as session:
        session.add(
            FindingRow(
                vendor_id=found.vendor.id,
                order_id=found.order.id,
                subject=found.order.order_number,
                code="stock_leaked",
                reason="-",
                first_seen=datetime.now(UTC),
                last_seen=datetime.now(UTC),
            )
        )
        old = Order.id.in_([is_open, owing, found.order.id, forgotten])
        await session.execute(
            update(Order).where(old).values(updated_at=datetime.now(UTC) - timedelta(days=30))
        )
    assert await in_scope(database) == {is_open, recent, owing, found.order.id}
    assert await in_scope(database, min_age=600.0) == {is_open, owing, found.order.id}


async def test_pieces_held_for_a_number_that_was_never_given_out_need_attention(database: Database) -> None:
    vendor = await create_vendor(database)
    mug = await create_product(database, vendor)
    async with database.platform() as session:
        await session.execute(
            text(
                "INSERT INTO inventory_movements (vendor_id, product_id, movement_type, available_change,"
                " reserved_change, reference) VALUES (:vendor, :product, 'reserved', -2, 2, 'GHOST-1')"
            ),
            {"vendor": vendor.id, "product": mug.id},
        )
        await session.execute(text("UPDATE inventory SET available_quantity = 8, reserved_quantity = 2"))
    stock = StockReconciliation(database)
    held = await run(stock.check_reservations, page())
    assert (held.repaired, held.attention) == ({}, {"stock_unclaimed": 1})
    counters = await run(stock.check_stock, page())
    assert (counters.compared, counters.attention) == ({"stock": 1}, {})


async def test_settling_resolves_what_was_not_seen_and_tells_the_workflow_once(
    database: Database, payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    stored = await paid_order(database, payments, stripe_sandbox)
    number = stored.order.order_number
    workflows = FakeWorkflows([WorkflowState.ABSENT] * 2)
    walk = page()
    await run(OrderReconciliation(database, payments, workflows).check_orders, walk)
    settling = FindingActivities(database, workflows)
    for _ in range(2):
        await run(settling.settle_findings, walk)
    assert workflows.heard == [(number, ["workflow_missing"])]
    for _ in range(2):
        await run(settling.settle_findings, page())
    assert workflows.heard == [(number, ["workflow_missing"]), (number, [])]
