"""Lists take as many SQL statements for fifty entries as for one."""

from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from db.queries.messages import NewMessage, add_message
from db.queries.notes import NewNote, add_note
from db.session import Database
from domain.lifecycle import ActorType
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront
from tests.bench.traffic import traffic
from tests.builders import create_vendor_user

MANY = 50


@dataclass(frozen=True)
class Desk:
    """A shop whose user and customer look at lists, which `add` makes longer."""

    client: httpx.AsyncClient
    database: Database
    storefront: Storefront
    user_id: int
    staff: dict[str, str]
    order_id: int

    async def add(self, entries: int) -> None:
        customer, mug = self.storefront.customer, self.storefront.mug
        for number in range(entries):
            await create_order(self.database, customer, mug)
            async with self.database.vendor(customer.vendor_id) as session:
                text = f"Number {number}"
                note = NewNote(customer.vendor_id, self.order_id, self.user_id, text)
                await add_note(session, note)
                # The limit is for one author, so that every message has one of its own.
                author = customer.id if entries == 1 else 1_000_000 + number
                message = NewMessage(customer.vendor_id, self.order_id, ActorType.CUSTOMER, author, text)
                await add_message(session, message)

    async def cost(self, path: str) -> tuple[int, int]:
        """How many entries the list has, and how many statements it took."""
        customer = self.storefront.customer
        path = path.format(order=self.order_id, vendor=customer.vendor_id)
        headers = self.storefront.headers if "/public/" in path else self.staff
        with traffic(self.database) as seen:
            answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        return len(found["messages"] if isinstance(found, dict) else found), len(seen.statements["request"])


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, database: Database, storefront: Storefront) -> Desk:
    user = await create_vendor_user(database, storefront.vendor)
    order = await create_order(database, storefront.customer, storefront.mug, status="cancelled")
    staff = vendor_headers(storefront.settings, user)
    return Desk(client, database, storefront, user.id, staff, order.id)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/vendor/orders?limit=50&status=confirmed",
        "/api/v1/vendor/orders?limit=50&payment_status=paid&status=confirmed",
        "/api/v1/vendor/orders?limit=50&search=jane&status=confirmed",
        "/api/v1/vendor/orders/{order}",
        "/api/v1/vendor/orders/{order}/notes",
        "/api/v1/vendor/orders/{order}/messages",
        "/api/v1/public/vendors/{vendor}/orders/my-orders?limit=50",
    ],
)
async def test_list_takes_as_many_statements_for_many(desk: Desk, path: str) -> None:
    await desk.add(1)
    few, statements = await desk.cost(path)
    await desk.add(MANY - 1)
    many, as_many = await desk.cost(path)

    assert (few, many) in {(1, MANY), (2, MANY)}
    assert as_many == statements
