"""What a shopper and a vendor's people wait for when they write goes through no growing table either.

In a database of twenty thousand orders two more are placed and lived through, step by step as the activities
do it. The plans of each step's statements are looked at, for their parameters and for any.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from sqlalchemy import select, text

from activities.gateways.stripe_payments import StripePayments
from activities.messages import Actor, CancelOrder, ChangeStatus, CreateOrder, OrderRef, PlacementRef
from activities.orders import OrderActivities
from activities.placing import PlacingActivities
from api.callers import CustomerCaller
from api.claiming import Attempt, find_or_claim
from api.schemas.checkout import OrderRequest
from bench.size.plans import Scan, Sent, generic_plan_of, plan_of, recording, scans_of, whole
from bench.size.session_as_direct import SessionAsDirect
from db.direct import Direct
from db.queries import order_commands, order_lists, orders
from db.queries.cart_filling import add_item
from db.queries.new_payments import store_payment
from db.session import Database
from db.tables import CustomerAddress, Product
from domain.lifecycle import OrderStatus
from tests.db.full_shops import BIG, FullShops

VENDOR_USER = Actor("vendor", BIG)
FIRST_SIGN_IN, NEVER = datetime.fromtimestamp(0, UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Watched:
    """A shop whose writing is watched: the statements of each step by its name."""

    database: Database
    customer_id: int
    address_id: int
    product_id: int
    sent: dict[str, list[Sent]]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        with recording(self.database.engine) as sent:
            yield
        self.sent.setdefault(name, []).extend(sent)

    async def place(self, payment_method: str) -> OrderRef:
        """An order of one piece, as far as the activities go that a shopper waits for."""
        database, session_id = self.database, f"plans-{payment_method}-{self.customer_id:010}"
        with self.step("cart"):
            async with database.direct(BIG) as direct:
                await add_item(
                    direct,
                    vendor_id=BIG,
                    session_id=session_id,
                    customer_id=self.customer_id,
                    product_id=self.product_id,
                    quantity=1,
                )
        wanted = OrderRequest(
            shipping_address_id=self.address_id,
            billing_address_id=self.address_id,
            payment_method=payment_method,
            session_id=session_id,
        )
        with self.step("claim"):
            customer = CustomerCaller(self.customer_id, BIG, NEVER, FIRST_SIGN_IN)
            attempt = Attempt(customer, wanted, None, None, None)
            claimed = await find_or_claim(database, attempt)
        placement = claimed.placement
        ref = PlacementRef(BIG, placement.id, placement.order_number)
        placing = PlacingActivities(database, StripePayments("sk_test_none", None, 1.0))
        with self.step("create"):
            created = await placing.create_order(CreateOrder(ref, 1, datetime.now(UTC) + timedelta(hours=1)))
        if payment_method == "stripe":
            with self.step("payment"):
                async with database.direct(BIG) as direct:
                    await store_payment(
                        direct,
                        vendor_id=BIG,
                        placement_id=placement.id,
                        order_id=created.order_id,
                        sequence=2,
                        amount=created.total_amount,
                        currency=created.currency,
                        reference=f"pi_{placement.order_number}",
                        client_secret=None,
                        status="requires_payment_method",
                    )
        with self.step("read"):
            async with database.direct(BIG, reading=True) as direct:
                await orders.read_placed(
                    direct, order_number=placement.order_number, customer_id=self.customer_id
                )
        return OrderRef(BIG, created.order_id, placement.order_number, 3)

    async def move(self, order: OrderRef, status: OrderStatus) -> OrderRef:
        """What a vendor's change of status does: the command, and the step."""
        database = self.database
        with self.step(status):
            async with database.reading(BIG) as session:
                await order_lists.get_vendor_order(session, order_id=order.order_id)
            async with database.direct(BIG) as direct:
                command = await order_commands.add_command(
                    direct,
                    vendor_id=BIG,
                    order_id=order.order_id,
                    kind="status",
                    actor_type="vendor",
                    actor_id=BIG,
                    idempotency_key=f"to {status}",
                    request_hash="",
                    body={"carrier": "DHL", "tracking_number": "1"},
                )
            given = ChangeStatus(order, VENDOR_USER, status, command.id)
            changed = await OrderActivities(database).change_status(given)
        return OrderRef(BIG, order.order_id, order.order_number, changed.sequence + 1)

    async def plans(self, name: str) -> list[Scan]:
        """Every way into a table that a step takes."""
        scans = []
        async with self.database.vendor(BIG) as session:
            connection = await session.connection()
            for each in self.sent[name]:
                for plan in (plan_of, generic_plan_of):
                    scans += scans_of(await plan(connection, each))
        return scans


class OnSessions(Database):
    """Statements that go to the driver itself go through sessions, where they can be recorded."""

    @asynccontextmanager
    async def direct(
        self,
        vendor_id: int,
        *,
        reading: bool = False,
        flushed: bool = True,
    ) -> AsyncIterator[Direct]:
        """See Database."""
        async with self.reading(vendor_id) if reading else self.vendor(vendor_id) as session:
            yield SessionAsDirect(session)


@pytest_asyncio.fixture
async def watched(shops: FullShops) -> AsyncIterator[Watched]:
    """A customer of the shop, an address of theirs, and a product."""
    customer_id = shops.orders[BIG].customer_id
    database = OnSessions(shops.urls.app, pool_size=2)
    async with database.reading(BIG) as session:
        address = select(CustomerAddress.id).where(CustomerAddress.customer_id == customer_id)
        address_id = (await session.scalars(address.limit(1))).one()
        product_id = (await session.scalars(select(Product.id).order_by(Product.id).limit(1))).one()
    yield Watched(database, customer_id, address_id, product_id, {})
    await database.close()


async def test_no_step_of_an_order_goes_through_a_growing_table(watched: Watched) -> None:
    paid_by_hand = await watched.place("manual")
    for status in ("confirmed", "processing", "shipped", "delivered"):
        paid_by_hand = await watched.move(paid_by_hand, OrderStatus(status))
    unpaid = await watched.place("stripe")
    with watched.step("cancelled"):
        await OrderActivities(watched.database).cancel_order(
            CancelOrder(unpaid, VENDOR_USER, "other", f"{unpaid.order_number}:cancel", None)
        )

    assert set(watched.sent) == {
        *("cart", "claim", "create", "payment", "read", "cancelled"),
        *("confirmed", "processing", "shipped", "delivered"),
    }
    assert all(watched.sent.values())
    assert {name: whole(await watched.plans(name)) for name in watched.sent} == {
        name: [] for name in watched.sent
    }


async def test_a_scan_that_a_write_needs_is_seen(watched: Watched) -> None:
    """The looking itself: a change of rows that no index finds."""
    with watched.step("scan"):
        async with watched.database.vendor(BIG) as session:
            await session.execute(text("UPDATE orders SET carrier = 'DHL' WHERE carrier = 'nobody'"))

    assert whole(await watched.plans("scan")) == [Scan("orders", "Seq Scan", None, None)] * 2
