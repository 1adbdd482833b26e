"""A vendor's list of orders, and one order."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import update

from api.schemas.vendor_orders import VendorOrderAnswer
from db.session import Database
from db.tables import Order, Payment, Refund
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code
from tests.bench.traffic import traffic
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user

PATH = "/api/v1/vendor/orders"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Office:
    """A vendor's people looking at four orders, placed a day apart; the first one is the oldest."""

    database: Database
    client: httpx.AsyncClient
    headers: dict[str, str]
    orders: list[Order]

    async def numbers(self, **params: str | int) -> list[int]:
        """Which of the orders the list shows, by their place in `orders`."""
        answer = await self.client.get(PATH, params=params, headers=self.headers)
        assert answer.status_code == 200, answer.text
        ids = [order.id for order in self.orders]
        return [ids.index(order["id"]) for order in answer.json()]


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, storefront: Storefront, database: Database) -> Office:
    user = await create_vendor_user(database, storefront.vendor)
    rita = await create_customer(
        database, storefront.vendor, first_name="Rita", last_name="O'Brien", email="rita@mail.example"
    )
    shape = [
        (storefront.customer, "pending", "pending"),
        (storefront.customer, "confirmed", "paid"),
        (rita, "shipped", "paid"),
        (rita, "cancelled", "voided"),
    ]
    orders = [
        await create_order(
            database,
            customer,
            storefront.mug,
            status=status,
            payment_status=payment_status,
            created_at=NOON + timedelta(days=day),
            order_number=f"{storefront.vendor.order_number_prefix}-202611{20 + day}-00042",
        )
        for day, (customer, status, payment_status) in enumerate(shape)
    ]
    return Office(database, client, vendor_headers(storefront.settings, user), orders)


async def test_list_shows_orders_with_customer_and_items(office: Office, storefront: Storefront) -> None:
    answer = await office.client.get(PATH, headers=office.headers)

    newest, *others = answer.json()
    assert len(others) == 3
    assert newest["customer"] == {
        "id": office.orders[3].customer_id,
        "first_name": "Rita",
        "last_name": "O'Brien",
        "email": "rita@mail.example",
    }
    assert [item["product_sku"] for item in newest["items"]] == [storefront.mug.sku]
    assert '"total_amount":19.90' in answer.text
    assert others[1]["next_statuses"] == ["processing", "shipped", "cancelled"]


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({}, [3, 2, 1, 0]),
        ({"status": "shipped"}, [2]),
        ({"payment_status": "paid"}, [2, 1]),
        ({"status": "shipped", "payment_status": "voided"}, []),
        ({"date_from": "2026-11-21"}, [3, 2, 1]),
        ({"date_to": "2026-11-21"}, [1, 0]),
        ({"date_from": "2026-11-21", "date_to": "2026-11-21"}, [1]),
        ({"date_from": "2026-11-21T12:00:00Z", "date_to": "2026-11-22T12:00:00Z"}, [2, 1]),
        ({"date_from": "2026-11-21T13:00:00+01:00", "date_to": "2026-11-22T12:59:59+01:00"}, [1]),
        ({"search": "rita"}, [3, 2]),
        ({"search": "O'BR"}, [3, 2]),
        ({"search": "rita@mail"}, [3, 2]),
        ({"search": "20261121-00042"}, [1]),
        ({"search": "  "}, [3, 2, 1, 0]),
        ({"search": "nobody"}, []),
        ({"search": "!!"}, []),
        ({"search": "rita", "status": "shipped"}, [2]),
        ({"search": "00042", "skip": 1, "limit": 2}, [2, 1]),
        ({"skip": 3}, [0]),
        ({"skip": 4}, []),
    ],
    ids=str,
)
async def test_filters(office: Office, params: dict[str, str | int], shown: list[int]) -> None:
    assert await office.numbers(**params) == shown


async def test_filter_by_customer(office: Office) -> None:
    assert await office.numbers(customer_id=office.orders[0].customer_id) == [1, 0]
    assert await office.numbers(customer_id=2**62) == []


@pytest.mark.parametrize("filters", [{}, {"search": "00042"}, {"date_from": "2026-11-01"}], ids=str)
async def test_cursor_walks_the_whole_list(office: Office, filters: dict[str, str]) -> None:
    seen: list[int] = []
    url, params = PATH, {"limit": "3", **filters}
    while True:
        answer = await office.client.get(url, params=params or None, headers=office.headers)
        seen += [order["id"] for order in answer.json()]
        if "next" not in answer.links:
            break
        url, params = answer.links["next"]["url"], {}

    assert seen == [order.id for order in reversed(office.orders)]


async def test_cursor_is_steady_while_orders_come_in(office: Office, storefront: Storefront) -> None:
    first = await office.client.get(PATH, params={"limit": 2}, headers=office.headers)
    await create_order(office.database, storefront.customer, storefront.mug)

    second = await office.client.get(first.links["next"]["url"], headers=office.headers)

    assert [order["id"] for order in second.json()] == [office.orders[1].id, office.orders[0].id]


async def test_list_takes_as_many_statements_for_many_orders_as_for_one(
    office: Office, storefront: Storefront
) -> None:
    for _ in range(20):
        await create_order(office.database, storefront.customer, storefront.mug)
    with traffic(office.database) as one:
        await office.client.get(PATH, params={"limit": 1}, headers=office.headers)
    with traffic(office.database) as many:
        answer = await office.client.get(PATH, params={"limit": 24}, headers=office.headers)

    assert len(answer.json()) == 24
    # The question who asks; then the transaction enters its vendor; then the orders, and their items.
    assert len(one.statements["request"]) == len(many.statements["request"]) == 4


async def test_list_says_of_an_order_what_the_order_says_of_itself(office: Office) -> None:
    """The list is written without the models that one order is checked by."""
    async with office.database.platform() as session:
        shipped = {"carrier": "DHL", "tracking_number": "JD0146 1", "shipped_at": NOON}
        which = update(Order).where(Order.id == office.orders[0].id)
        await session.execute(
            which.values(customer_notes='Says "Grüezi"', tax_amount=Decimal("0.10"), **shipped)
        )

    listed = await office.client.get(PATH, headers=office.headers)

    # Amounts as they are written, with their zeros.
    entries = json.loads(listed.text, parse_float=str)
    assert len(entries) == len(office.orders)
    for entry in entries:
        answer = await office.client.get(f"{PATH}/{entry['id']}", headers=office.headers)
        detail = json.loads(answer.text, parse_float=str)
        assert entry == {name: detail[name] for name in VendorOrderAnswer.model_fields}
    assert entries[-1]["tax_amount"] == "0.10"
    assert entries[-1]["tracking_url"] is not None
    assert listed.headers["content-type"] == "application/json"


async def test_detail_has_history_and_refunds(office: Office) -> None:
    order = office.orders[1]
    await _add_refund(office.database, order)

    answer = await office.client.get(f"{PATH}/{order.id}", headers=office.headers)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [(entry["from_status"], entry["to_status"]) for entry in body["status_history"]] == [
        (None, "pending")
    ]
    assert [(refund["status"], refund["amount"]) for refund in body["refunds"]] == [("pending", 5)]
    assert body["customer"]["first_name"] == "Jane"


async def _add_refund(database: Database, order: Order) -> None:
    async with database.platform() as session:
        payment = Payment(
            vendor_id=order.vendor_id,
            order_id=order.id,
            provider="stripe",
            amount=order.total_amount,
            currency="EUR",
            status="succeeded",
        )
        session.add(payment)
        await session.flush()
        session.add(
            Refund(
                vendor_id=order.vendor_id,
                order_id=order.id,
                payment_id=payment.id,
                refund_key=f"{order.order_number}:refund:1",
                amount=Decimal(5),
                currency="EUR",
                reason="damaged",
                status="pending",
            )
        )


async def test_order_of_another_vendor_does_not_exist(office: Office) -> None:
    vendor = await create_vendor(office.database)
    customer = await create_customer(office.database, vendor)
    theirs = await create_order(office.database, customer, await create_product(office.database, vendor))

    answer = await office.client.get(f"{PATH}/{theirs.id}", headers=office.headers)

    assert (answer.status_code, code(answer)) == (404, "order_not_found")
    assert await office.numbers() == [3, 2, 1, 0]


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "payment_status=owed",
        "customer_id=0",
        f"customer_id={10**30}",
        "customer_id=x",
        "date_from=yesterday",
        "date_from=0001-01-01",
        "date_from=9999-12-31T23:59:59-12:00",
        "date_to=2026-11-31",
        "date_to=2026-11-20T12:00:00",
        "date_to=1700000000",
        "search=a%00b",
        "search=" + "x" * 201,
        "limit=0",
        "limit=201",
        "skip=-1",
        f"skip={10**30}",
        "cursor=nonsense",
        "cursor=%00",
    ],
)
async def test_rubbish_queries_are_refused(office: Office, query: str) -> None:
    answer = await office.client.get(f"{PATH}?{query}", headers=office.headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed"), answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]
