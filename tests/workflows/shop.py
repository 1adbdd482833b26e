"""A shop with one customer, ready to place orders through real workflows."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.messages import Actor
from api.engine import Engine
from db.queries.checkouts import find_checkout
from db.queries.pricing import price_lines
from db.session import Database
from db.tables import (
    Cart,
    Customer,
    CustomerAddress,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    Placement,
    Product,
    Refund,
    Vendor,
)
from domain.errors import TransitionNotAllowed
from settings import Settings
from tests.builders import (
    create_address,
    create_cart,
    create_customer,
    create_product,
    create_shipping_method,
    create_vendor,
)
from workflows.messages import OrderInput, OrderMoved, OrderPolicy, Placed, StatusChange

_numbers = itertools.count(1)

QUICK = OrderPolicy(poll_first=0.2, poll_most=1.0, mails_together=True)
VENDOR = Actor("vendor", 1)


@dataclass(frozen=True)
class Shop:
    """One vendor with a mug (10 in stock) and a pot (5 in stock), and one customer with an address."""

    database: Database
    settings: Settings
    client: Client
    vendor: Vendor
    customer: Customer
    address: CustomerAddress
    mug: Product
    pot: Product
    workflow_ids: list[str] = field(default_factory=list)

    async def claim(
        self,
        lines: Sequence[tuple[Product, int]] | None = None,
        *,
        payment_method: str = "stripe",
        policy: OrderPolicy = QUICK,
    ) -> OrderInput:
        """A cart and the claim of an order number for it, as the API leaves them."""
        cart = await create_cart(
            self.database, self.vendor, self.customer, lines or [(self.mug, 2), (self.pot, 1)]
        )
        async with self.database.vendor(self.vendor.id) as session:
            checkout = await find_checkout(
                session,
                vendor_id=self.vendor.id,
                customer_id=self.customer.id,
                session_id=cart.session_id,
                shipping_address_id=self.address.id,
                billing_address_id=self.address.id,
                day=datetime.now(UTC).date(),
            )
            assert checkout is not None
            priced = price_lines(checkout.lines, checkout.terms, shipping_method="standard")
            number = f"{self.vendor.order_number_prefix}-20261122-{next(_numbers):05d}"
            placement = Placement(
                vendor_id=self.vendor.id,
                customer_id=self.customer.id,
                cart_id=cart.id,
                cart_version=cart.version,
                idempotency_key=f"cart:{cart.id}:{cart.version}",
                request_hash="-",
                request={
                    "shipping_address_id": self.address.id,
                    "billing_address_id": self.address.id,
                    "shipping_method": "standard",
                    "payment_method": payment_method,
                    "customer_notes": "Ring twice, please.",
                },
                quoted_total=priced.total_amount,
                order_number=number,
            )
            session.add(placement)
        given = OrderInput(
            vendor_id=self.vendor.id,
            vendor_code=self.vendor.vendor_code,
            placement_id=placement.id,
            order_number=number,
            customer_id=self.customer.id,
            payment_method=payment_method,
            total_amount=priced.total_amount,
            currency=self.vendor.currency,
            policy=policy,
        )
        self.workflow_ids.append(number)
        return given

    async def place(self, given: OrderInput) -> Placed:
        """Start the order's workflow and wait for its answer."""
        return await Engine(self.settings, client=self.client).place(given)

    async def start(self, given: OrderInput) -> None:
        """Start the order's workflow as the API does, which hears from the database how it ends."""
        await Engine(self.settings, client=self.client).start_order(given)

    def handle(self, given: OrderInput) -> WorkflowHandle[Any, Any]:
        """The order's workflow."""
        return self.client.get_workflow_handle(given.order_number)

    async def change(self, given: OrderInput, status: str, actor: Actor = VENDOR) -> OrderMoved:
        """Change the status and wait for what became of it.

        As the API does: a workflow that refuses for a status of before its rows' is asked again.
        """
        while True:
            try:
                moved: OrderMoved = await self.handle(given).execute_update(
                    "change_status", StatusChange(status, actor), result_type=OrderMoved
                )
            except WorkflowUpdateFailedError as refused:
                if not await self._is_behind(given, refused.cause):
                    raise
            else:
                return moved

    async def _is_behind(self, given: OrderInput, refusal: BaseException | None) -> bool:
        if not isinstance(refusal, ApplicationError) or refusal.type != TransitionNotAllowed.code:
            return False
        return bool(refusal.details[0]["status"] != (await self.order(given)).status)

    async def order(self, given: OrderInput) -> Order:
        """The stored order."""
        async with self.database.reading(self.vendor.id) as session:
            statement = select(Order).where(Order.order_number == given.order_number)
            return (await session.scalars(statement)).one()

    async def orders(self) -> list[Order]:
        """All stored orders."""
        async with self.database.reading(self.vendor.id) as session:
            return list(await session.scalars(select(Order).order_by(Order.id)))

    async def events(self, given: OrderInput) -> list[tuple[int, str]]:
        """The order's numbered history."""
        order = await self.order(given)
        async with self.database.reading(self.vendor.id) as session:
            statement = (
                select(OrderEvent.sequence, OrderEvent.type)
                .where(OrderEvent.order_id == order.id)
                .order_by(OrderEvent.sequence)
            )
            return [(row.sequence, row.type) for row in await session.execute(statement)]

    async def refunds(self, given: OrderInput) -> list[tuple[str, Decimal]]:
        """The order's refunds as status and amount."""
        order = await self.order(given)
        async with self.database.reading(self.vendor.id) as session:
            rows = await session.execute(
                select(Refund.status, Refund.amount).where(Refund.order_id == order.id).order_by(Refund.id)
            )
            return [(row.status, row.amount) for row in rows]

    async def stock(self, product: Product) -> tuple[int, int]:
        """Available and reserved pieces; fails unless the movements add up to them."""
        async with self.database.reading(self.vendor.id) as session:
            counters = await session.get_one(Inventory, product.id)
            sums = (
                await session.execute(
                    select(
                        func.sum(InventoryMovement.available_change),
                        func.sum(InventoryMovement.reserved_change),
                    ).where(InventoryMovement.product_id == product.id)
                )
            ).one()
        assert (counters.available_quantity, counters.reserved_quantity) == tuple(sums)
        return counters.available_quantity, counters.reserved_quantity

    async def totals(self) -> tuple[int, Decimal]:
        """The customer's number of orders and what they spent."""
        async with self.database.reading(self.vendor.id) as session:
            customer = await session.get_one(Customer, self.customer.id)
            return customer.total_orders, customer.total_spent

    async def cart_of(self, given: OrderInput) -> Cart:
        """The cart that was ordered."""
        async with self.database.reading(self.vendor.id) as session:
            placement = await session.get_one(Placement, given.placement_id)
            return await session.get_one(Cart, placement.cart_id)


async def open_shop(database: Database, settings: Settings, client: Client) -> Shop:
    """A shop with its rows in the database."""
    vendor = await create_vendor(database)
    await create_shipping_method(database, vendor)
    customer = await create_customer(database, vendor)
    return Shop(
        database=database,
        settings=settings,
        client=client,
        vendor=vendor,
        customer=customer,
        address=await create_address(database, customer),
        mug=await create_product(database, vendor, title="Mug", available=10),
        pot=await create_product(database, vendor, title="Pot", price=Decimal("49.00"), available=5),
    )
