"""What an order waits for, as its vendor reads it while Temporal is there, away, or slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from api.app import create_app
from db.session import Database
from db.tables import Dispute, FindingRow, Order, OrderEvent, Payment, Refund
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user
from workflows.messages import OrderPolicy

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=40)
POLICY = OrderPolicy()
UNTRIED = {"attempts": None, "last_error": None, "next_try": None}


class Desk:
    """A vendor's user who reads orders that no workflow stands behind."""

    def __init__(self, storefront: Storefront, database: Database, headers: dict[str, str]) -> None:
        self.storefront = storefront
        self.database = database
        self.headers = headers

    async def order(self, status: str, payment_status: str = "paid", **values: Any) -> Order:  # noqa: ANN401 -- columns
        """An order that came to its status at noon."""
        order = await create_order(
            self.database,
            self.storefront.customer,
            self.storefront.mug,
            status=status,
            payment_status=payment_status,
            payment_reference="pi_1",
        )
        await self.add(
            OrderEvent(
                order_id=order.id,
                sequence=2,
                type=f"order.{status}",
                to_status=status,
                payment_status=payment_status,
                actor_type="system",
                created_at=NOON,
            )
        )
        if values:
            async with self.database.platform() as session:
                await session.execute(update(Order).where(Order.id == order.id).values(**values))
        return order

    async def add(self, *rows: Any) -> None:  # noqa: ANN401 -- any table's row
        """Store rows of the vendor's."""
        async with self.database.platform() as session:
            for row in rows:
                row.vendor_id = self.storefront.vendor.id
                session.add(row)
                await session.flush()

    async def waits(self, client: httpx.AsyncClient, order: Order) -> Any:  # noqa: ANN401 -- JSON
        """What the answer says that the order waits for."""
        answer = await client.get(f"/api/v1/vendor/orders/{order.id}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["waiting_for"]


@pytest_asyncio.fixture
async def desk(storefront: Storefront, database: Database) -> Desk:
    user = await create_vendor_user(database, storefront.vendor)
    return Desk(storefront, database, vendor_headers(storefront.settings, user))


def shown(step: str, party: str, since: datetime, until: datetime | None) -> dict[str, object]:
    return UNTRIED | {"step": step, "for": party, "since": _text(since), "until": until and _text(until)}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("status", "step", "party", "seconds"),
    [
        ("confirmed", "processing", "vendor", POLICY.fulfilment_window),
        ("processing", "shipping", "vendor", POLICY.fulfilment_window),
        ("shipped", "delivery", "carrier", POLICY.delivery_window),
        ("delivered", "return_window", "customer", 2_592_000),
    ],
)
async def test_deadline_follows_from_the_last_change_of_status(
    desk: Desk, client: httpx.AsyncClient, status: str, step: str, party: str, seconds: int
) -> None:
    order = await desk.order(status)
    until = NOON + timedelta(seconds=seconds)
    assert await desk.waits(client, order) == shown(step, party, NOON, until)


async def test_unpaid_order_waits_for_its_customer_until_the_window_closes(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    order = await desk.order("pending", "pending", payment_expires_at=LATER)
    assert await desk.waits(client, order) == shown("payment", "customer", NOON, LATER)


async def test_payment_at_the_bank_has_the_banks_deadline(desk: Desk, client: httpx.AsyncClient) -> None:
    order = await desk.order("pending", "pending", payment_expires_at=NOON)
    began = NOON + timedelta(hours=1)
    await desk.add(
        payment_of(order, "processing"),
        event(order, 3, "payment.processing", created_at=began),
    )
    until = began + timedelta(seconds=POLICY.processing_window)
    assert await desk.waits(client, order) == shown("bank", "bank", began, until)


async def test_deadline_that_an_operator_put_off_counts_for_its_step_only(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    extended, other = await desk.order("shipped"), await desk.order("shipped")
    for order, step in ((extended, "delivery"), (other, "shipping")):
        data = {"step": step, "until": _text(LATER)}
        await desk.add(event(order, 3, "operator.extend_deadline", data=data))
    assert await desk.waits(client, extended) == shown("delivery", "carrier", NOON, LATER)
    unextended = NOON + timedelta(seconds=POLICY.delivery_window)
    assert await desk.waits(client, other) == shown("delivery", "carrier", NOON, unextended)


@pytest.mark.parametrize(("reference", "party"), [(None, "stripe"), ("re_1", "bank")])
async def test_cancelled_order_waits_for_its_refund(
    desk: Desk, client: httpx.AsyncClient, reference: str | None, party: str
) -> None:
    order = await desk.order("cancelled")
    payment = payment_of(order, "succeeded")
    await desk.add(payment)
    await desk.add(refund_of(order, payment, "pending", provider_reference=reference, created_at=LATER))
    assert await desk.waits(client, order) == shown("refund", party, LATER, None)


async def test_refund_that_failed_waits_for_an_operator(desk: Desk, client: httpx.AsyncClient) -> None:
    order = await desk.order("cancelled")
    payment = payment_of(order, "succeeded")
    await desk.add(payment)
    await desk.add(refund_of(order, payment, "failed", updated_at=LATER))
    assert await desk.waits(client, order) == shown("operator", "operator", LATER, None)


async def test_open_finding_waits_for_an_operator_and_a_resolved_one_for_nobody(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    order = await desk.order("delivered", completed_at=LATER)
    finding = FindingRow(
        order_id=order.id,
        order_number=order.order_number,
        subject=order.order_number,
        code="payment_not_there",
        state="attention",
        reason="-",
        first_seen=LATER,
        last_seen=LATER,
    )
    await desk.add(finding)
    assert await desk.waits(client, order) == shown("operator", "operator", LATER, None)
    async with desk.database.platform() as session:
        await session.execute(update(FindingRow).values(resolved_at=LATER))
    assert await desk.waits(client, order) is None


async def test_dispute_waits_for_the_vendors_evidence(desk: Desk, client: httpx.AsyncClient) -> None:
    order = await desk.order("shipped")
    await desk.add(
        Dispute(
            order_id=order.id,
            provider_reference="dp_1",
            amount=Decimal(5),
            currency="EUR",
            reason="fraudulent",
            status="needs_response",
            evidence_due_by=LATER,
            opened_at=NOON,
        )
    )
    assert await desk.waits(client, order) == shown("dispute", "vendor", NOON, LATER)


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A server that takes connections and never says a word; answers its port."""
    open_connections: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_connections.append(writer)

    server = await asyncio.start_server(keep, "127.0.0.1")
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in open_connections:
        writer.close()


async def test_slow_temporal_holds_no_read_up(desk: Desk, lone_settings: Settings) -> None:
    order = await desk.order("confirmed")
    async with silent_server() as port:
        settings = lone_settings.model_copy(update={"temporal_address": f"127.0.0.1:{port}"})
        app = create_app(settings, database=desk.database)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
            async with asyncio.timeout(2):
                waits = await desk.waits(client, order)
    assert waits == shown("processing", "vendor", NOON, NOON + timedelta(seconds=POLICY.fulfilment_window))


def event(order: Order, sequence: int, kind: str, **values: Any) -> OrderEvent:  # noqa: ANN401 -- columns
    return OrderEvent(
        order_id=order.id,
        sequence=sequence,
        type=kind,
        payment_status=order.payment_status,
        actor_type="system",
        **values,
    )


def payment_of(order: Order, status: str) -> Payment:
    return Payment(
        order_id=order.id, provider="stripe", amount=order.total_amount, currency="EUR", status=status
    )


def refund_of(order: Order, payment: Payment, status: str, **values: Any) -> Refund:  # noqa: ANN401 -- columns
    return Refund(
        order_id=order.id,
        payment_id=payment.id,
        refund_key=f"{order.order_number}:refund:1",
        amount=Decimal(5),
        currency="EUR",
        reason="damaged",
        status=status,
        **values,
    )
