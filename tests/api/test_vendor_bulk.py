"""Bulk changes over HTTP: kept once under a key, worked through, listed, and told apart from other shops'."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from db.session import Database
from settings import Settings
from tests.api.backoffice import create_order, vendor_headers
from tests.api.storefront import Storefront, code, open_storefront
from tests.builders import create_customer, create_product, create_vendor, create_vendor_user
from tests.waiting import eventually

PATH = "/api/v1/vendor/orders/bulk-status"
# Where Temporal is away a job is kept all the same, and begins later.
AWAY = 503


@pytest_asyncio.fixture
async def headers(database: Database, storefront: Storefront) -> dict[str, str]:
    return vendor_headers(storefront.settings, await create_vendor_user(database, storefront.vendor))


async def ids(database: Database, storefront: Storefront, *statuses: str) -> list[int]:
    """Stored orders of the shop."""
    return [
        (await create_order(database, storefront.customer, storefront.mug, status=status)).id
        for status in statuses
    ]


async def newest(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """The newest job with its results."""
    [job, *_] = (await client.get(PATH, headers=headers)).json()
    return await detail(client, headers, job["job_id"])


async def detail(
    client: httpx.AsyncClient, headers: dict[str, str], job_id: int, query: str = ""
) -> dict[str, Any]:
    answer = await client.get(f"{PATH}/{job_id}{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def over(job: dict[str, Any]) -> bool:
    return job["finished_at"] is not None


@pytest.mark.usefixtures("worker")
async def test_orders_become_what_is_asked_and_each_says_what_became_of_it(
    api: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    storefront = await open_storefront(database, settings)
    headers = vendor_headers(settings, await create_vendor_user(database, storefront.vendor))
    placed = []
    for _ in range(2):
        answer = await storefront.order(api, await storefront.cart([(storefront.mug, 1)]))
        placed.append(answer.json()["id"])
    [delivered] = await ids(database, storefront, "delivered")
    body = {"order_ids": [*placed, placed[0], delivered, 10**12], "status": "confirmed", "notes": " Paid. "}
    keyed = {**headers, "Idempotency-Key": "monday"}

    first = await api.post(PATH, json=body, headers=keyed)
    again = await api.post(PATH, json=body, headers=keyed)
    other = await api.post(PATH, json={**body, "status": "cancelled"}, headers=keyed)

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    job_id = first.json()["job_id"]
    assert first.headers["Location"] == f"{PATH}/{job_id}"
    job = await eventually(lambda: detail(api, headers, job_id), over, within=60)
    numbers = {name: job[name] for name in ("total", "changed", "unchanged", "refused", "failed", "pending")}
    assert numbers == {"total": 4, "changed": 2, "unchanged": 0, "refused": 2, "failed": 0, "pending": 0}
    assert (job["state"], job["notes"]) == ("completed", "Paid.")
    told = [(each["order_id"], each["outcome"], each["code"]) for each in job["results"]]
    assert told == [
        (placed[0], "changed", None),
        (placed[1], "changed", None),
        (delivered, "refused", "transition_not_allowed"),
        (10**12, "refused", "order_not_found"),
    ]
    assert job["results"][0]["next_statuses"] == ["processing", "shipped", "cancelled"]
    assert job["results"][2]["next_statuses"] == []
    late = await api.post(f"{PATH}/{job_id}/cancel", headers=headers)
    assert (late.status_code, code(late)) == (409, "bulk_job_over")


@pytest.mark.usefixtures("worker")
async def test_change_goes_on_whose_rows_are_those_of_a_backup(
    api: httpx.AsyncClient, database: Database, settings: Settings
) -> None:
    storefront = await open_storefront(database, settings)
    headers = vendor_headers(settings, await create_vendor_user(database, storefront.vendor))
    placed = (await storefront.order(api, await storefront.cart([(storefront.mug, 1)]))).json()["id"]
    body = {"order_ids": [placed], "status": "confirmed"}
    job_id = (await api.post(PATH, json=body, headers=headers)).json()["job_id"]
    await eventually(lambda: detail(api, headers, job_id), over, within=60)
    async with database.platform() as session:
        await session.execute(
            text("UPDATE bulk_jobs SET state = 'running', started_at = NULL, finished_at = NULL, changed = 0")
        )
        await session.execute(
            text("UPDATE bulk_job_orders SET begun_at = NULL, outcome = NULL, settled_at = NULL")
        )

    resumed = await api.post(f"{PATH}/{job_id}/resume", headers=headers)

    assert resumed.status_code == 200, resumed.text
    job = await eventually(lambda: detail(api, headers, job_id), over, within=60)
    assert (job["changed"], job["unchanged"]) == (0, 1)


async def test_what_is_not_the_shops_is_not_found_whether_it_exists_or_not(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, headers: dict[str, str]
) -> None:
    other = await create_vendor(database)
    theirs = await create_order(
        database, await create_customer(database, other), await create_product(database, other)
    )
    [own] = await ids(database, storefront, "confirmed")

    body = {"order_ids": [theirs.id, own, theirs.id + 10**6], "status": "processing"}
    answer = await client.post(PATH, json=body, headers=headers)

    assert (answer.status_code, code(answer)) == (AWAY, "engine_unavailable")
    job = await newest(client, headers)
    assert (job["state"], job["total"], job["refused"], job["pending"]) == ("waiting", 3, 2, 1)
    strange, _, unknown = job["results"]
    assert {name: strange[name] for name in strange if name != "order_id"} == {
        name: unknown[name] for name in unknown if name != "order_id"
    }
    assert strange["code"] == "order_not_found"
    stranger = vendor_headers(storefront.settings, await create_vendor_user(database, other))
    assert (await client.get(f"{PATH}/{job['job_id']}", headers=stranger)).status_code == 404
    assert (await client.get(PATH, headers=stranger)).json() == []


async def test_everything_that_matches_is_what_matches_now(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, headers: dict[str, str]
) -> None:
    confirmed = await ids(database, storefront, "confirmed", "confirmed")
    await ids(database, storefront, "processing")
    keyed = {**headers, "Idempotency-Key": "all"}
    body = {"everything": True, "status": "shipped", "carrier": "DHL"}

    await client.post(f"{PATH}?status=confirmed", json=body, headers=keyed)
    await ids(database, storefront, "confirmed")
    await client.post(f"{PATH}?status=confirmed", json=body, headers=keyed)
    other = await client.post(f"{PATH}?status=processing", json=body, headers=keyed)

    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert len((await client.get(PATH, headers=headers)).json()) == 1
    job = await newest(client, headers)
    assert [each["order_id"] for each in job["results"]] == confirmed
    assert job["carrier"] == "DHL"


async def test_too_much_and_nothing_at_all_are_refused(
    client: httpx.AsyncClient,
    database: Database,
    storefront: Storefront,
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.bulk.MOST_ORDERS", 2)
    await ids(database, storefront, "confirmed", "confirmed", "confirmed")
    body = {"everything": True, "status": "shipped"}

    many = await client.post(PATH, json=body, headers=headers)
    none = await client.post(f"{PATH}?status=delivered", json=body, headers=headers)

    assert (many.status_code, code(many), many.json()["most"]) == (422, "too_many_orders", 2)
    assert (none.status_code, code(none)) == (422, "no_orders_match")
    assert (await client.get(PATH, headers=headers)).json() == []


@pytest.mark.parametrize(
    "body",
    [
        {"status": "shipped"},
        {"order_ids": [], "status": "shipped"},
        {"order_ids": [1], "everything": True, "status": "shipped"},
        {"order_ids": ["1"], "status": "shipped"},
        {"order_ids": list(range(1, 10_002)), "status": "shipped"},
        {"order_ids": [1], "status": "lost"},
        {"order_ids": [1], "status": "shipped", "tracking_number": "X"},
    ],
)
async def test_unclear_requests_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await client.post(PATH, json=body, headers=headers)

    assert (answer.status_code, code(answer)) == (422, "validation_failed")


async def test_results_are_paged_and_chosen_by_outcome(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, headers: dict[str, str]
) -> None:
    orders = await ids(database, storefront, "confirmed", "confirmed", "confirmed")
    await client.post(PATH, json={"order_ids": [*orders, 10**12], "status": "processing"}, headers=headers)
    job_id = (await newest(client, headers))["job_id"]

    first = await client.get(f"{PATH}/{job_id}?limit=3", headers=headers)
    second = await client.get(first.links["next"]["url"], headers=headers)
    refused = await detail(client, headers, job_id, "?outcome=refused&outcome=failed")
    pending = await detail(client, headers, job_id, "?outcome=pending")

    assert [each["order_id"] for each in first.json()["results"]] == orders
    assert [each["order_id"] for each in second.json()["results"]] == [10**12]
    assert "next" not in second.links
    assert [each["order_id"] for each in refused["results"]] == [10**12]
    assert [each["order_id"] for each in pending["results"]] == orders


async def test_viewers_start_nothing(
    client: httpx.AsyncClient, database: Database, storefront: Storefront
) -> None:
    viewer = await create_vendor_user(database, storefront.vendor, role="viewer")

    answer = await client.post(
        PATH,
        json={"order_ids": [1], "status": "shipped"},
        headers=vendor_headers(storefront.settings, viewer),
    )

    assert answer.status_code == 403
