"""A shop with its rows in the database, shoppers made wholesale, and the books to check afterwards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import func, select

from api.tokens import Audience, Claims, Tokens
from db.session import Database
from db.tables import (
    Customer,
    CustomerAddress,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    OrderItem,
    Placement,
    Product,
    Refund,
    Vendor,
    VendorUser,
)
from settings import Settings
from tests.builders import (
    NO_PASSWORD,
    create_product,
    create_shipping_method,
    create_vendor,
    create_vendor_user,
)
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.shopper import ADDRESS, Shopper


@dataclass(frozen=True)
class Stock:
    """The counters of a product."""

    available: int
    reserved: int


@dataclass(frozen=True)
class Market:
    """One vendor with a mug at 19.90 and a pot at 49.00, and somebody who works there."""

    database: Database
    settings: Settings
    sandbox: SandboxProcess
    vendor: Vendor
    user: VendorUser
    mug: Product
    pot: Product

    async def shoppers(self, count: int, http: httpx.AsyncClient) -> list[Shopper]:
        """Customers with an address, signed in, their carts still empty."""
        people = [
            Customer(
                vendor_id=self.vendor.id,
                email=f"{uuid4().hex}@example.com",
                password_hash=NO_PASSWORD,
                first_name="Jane",
                last_name="Doe",
            )
            for _ in range(count)
        ]
        async with self.database.vendor(self.vendor.id) as session:
            session.add_all(people)
            await session.flush()
            homes = [
                CustomerAddress(vendor_id=self.vendor.id, customer_id=person.id, **ADDRESS)
                for person in people
            ]
            session.add_all(homes)
        return [
            Shopper(http, self.sandbox, self.vendor.id, self.token(person), home.id, f"cart-{uuid4().hex}")
            for person, home in zip(people, homes, strict=True)
        ]

    async def shopper(
        self, http: httpx.AsyncClient, lines: Sequence[tuple[Product, int]] | None = None
    ) -> Shopper:
        """One customer with two mugs and a pot in the cart unless told otherwise."""
        [shopper] = await self.shoppers(1, http)
        chosen = [(self.mug, 2), (self.pot, 1)] if lines is None else lines
        await shopper.fill([(product.id, quantity) for product, quantity in chosen])
        return shopper

    def token(self, customer: Customer) -> str:
        return self._tokens.issue(Audience.CUSTOMER, Claims(customer.id, self.vendor.id))

    @property
    def vendor_headers(self) -> dict[str, str]:
        token = self._tokens.issue(Audience.VENDOR, Claims(self.user.id, self.vendor.id, self.user.role))
        return {"Authorization": f"Bearer {token}"}

    @property
    def _tokens(self) -> Tokens:
        return Tokens(self.settings.jwt_secret.get_secret_value(), self.settings.token_lifetime)

    async def move(
        self, http: httpx.AsyncClient, order_id: int, *, key: str | None = None, **change: str
    ) -> httpx.Response:
        """Set an order's status as its vendor."""
        headers = self.vendor_headers if key is None else {**self.vendor_headers, "Idempotency-Key": key}
        return await http.put(f"/api/v1/vendor/orders/{order_id}/status", json=change, headers=headers)

    async def order(self, number: str) -> Order:
        """A stored order."""
        async with self.database.reading(self.vendor.id) as session:
            return (await session.scalars(select(Order).where(Order.order_number == number))).one()

    async def orders(self) -> list[Order]:
        """All stored orders, in the order of their numbers."""
        async with self.database.reading(self.vendor.id) as session:
            return list(await session.scalars(select(Order).order_by(Order.order_number)))

    async def placements(self) -> list[Placement]:
        """All claims, in the order of their numbers."""
        async with self.database.reading(self.vendor.id) as session:
            return list(await session.scalars(select(Placement).order_by(Placement.order_number)))

    async def events(self, number: str) -> list[str]:
        """The kinds of an order's events."""
        order = await self.order(number)
        async with self.database.reading(self.vendor.id) as session:
            statement = (
                select(OrderEvent.type).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
            )
            return list(await session.scalars(statement))

    async def refunds(self, number: str) -> list[tuple[str, Decimal]]:
        """An order's refunds as status and amount."""
        order = await self.order(number)
        async with self.database.reading(self.vendor.id) as session:
            statement = select(Refund).where(Refund.order_id == order.id).order_by(Refund.id)
            return [(refund.status, refund.amount) for refund in await session.scalars(statement)]

    async def stock(self, product: Product) -> Stock:
        """A product's counters; fails unless its movements add up to them."""
        async with self.database.reading(self.vendor.id) as session:
            counters = await session.get_one(Inventory, product.id)
            statement = select(
                func.sum(InventoryMovement.available_change), func.sum(InventoryMovement.reserved_change)
            ).where(InventoryMovement.product_id == product.id)
            sums = (await session.execute(statement)).one()
        found = Stock(counters.available_quantity, counters.reserved_quantity)
        assert found == Stock(*sums), "the movements do not add up to the counters"
        return found

    async def check_books(self) -> None:
        """Fail unless every claim is decided and every piece is accounted for.

        A placed claim has its one order; a refused one holds nothing; what is reserved is what open orders
        contain; numbers have no gap.
        """
        placements, orders = await self.placements(), await self.orders()
        states = Counter(placement.state for placement in placements)
        assert set(states) <= {"placed", "refused"}, states
        prefix = f"{self.vendor.order_number_prefix}-"
        numbers = [placement.order_number for placement in placements]
        assert all(number.startswith(prefix) for number in numbers)
        assert [int(number[-5:]) for number in numbers] == list(range(1, len(numbers) + 1))
        by_placement = {order.placement_id: order for order in orders}
        assert len(by_placement) == len(orders)
        for placement in placements:
            order = by_placement.get(placement.id)
            if placement.state == "placed":
                assert order is not None
                assert order.payment_reference is not None
            else:
                assert order is None or order.status == "cancelled"
        for product in (self.mug, self.pot):
            assert (await self.stock(product)).reserved == await self._held_by_orders(product)

    async def _held_by_orders(self, product: Product) -> int:
        statement = (
            select(func.coalesce(func.sum(OrderItem.quantity), 0))
            .join(Order, Order.id == OrderItem.order_id)
            .where(OrderItem.product_id == product.id)
            .where(Order.status.in_(["pending", "confirmed", "processing"]))
        )
        async with self.database.reading(self.vendor.id) as session:
            return int(await session.scalar(statement) or 0)


async def open_market(
    database: Database,
    settings: Settings,
    sandbox: SandboxProcess,
    *,
    pieces: int = 100,
    **vendor: Any,  # noqa: ANN401 -- handed on to the builder
) -> Market:
    """A shop with `pieces` mugs and as many pots."""
    owner = await create_vendor(database, **vendor)
    await create_shipping_method(database, owner)
    return Market(
        database=database,
        settings=settings,
        sandbox=sandbox,
        vendor=owner,
        user=await create_vendor_user(database, owner),
        mug=await create_product(database, owner, title="Coffee mug", available=pieces),
        pot=await create_product(database, owner, title="Tea pot", price=Decimal("49.00"), available=pieces),
    )
