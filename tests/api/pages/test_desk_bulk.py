"""The pages about bulk changes: what orders can become, one job for one form, and results in words."""

import httpx
import pytest_asyncio

from db.session import Database
from db.tables import VendorUser
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Browser, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user


@pytest_asyncio.fixture
async def owner(database: Database, storefront: Storefront) -> VendorUser:
    return await create_vendor_user(database, storefront.vendor)


@pytest_asyncio.fixture
async def desk(client: httpx.AsyncClient, storefront: Storefront, owner: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, owner)


async def ids(database: Database, storefront: Storefront, *statuses: str) -> list[int]:
    return [
        (await create_order(database, storefront.customer, storefront.mug, status=status)).id
        for status in statuses
    ]


async def test_page_says_what_becomes_of_which(
    database: Database, storefront: Storefront, desk: Browser
) -> None:
    chosen = await ids(database, storefront, "confirmed", "confirmed", "shipped", "cancelled")
    address = f"/bulk/new?orders={','.join(map(str, chosen))},{10**12}"

    _, options = await desk.open(address)
    _, shipping = await desk.open(f"{address}&to=shipped")
    _, cancelling = await desk.open(f"{address}&to=cancelled")

    assert "Change 4 orders" in options.text
    assert "1 of those that were chosen is not there." in options.text
    assert "Mark as shipped 2 of 4" in options.text
    assert "Confirm payment" not in options.text
    assert "2 orders become Shipped" in shipping.text
    assert "1 is so already and stays as it is." in shipping.text
    assert "1 stays as it is, because this cannot follow: Cancelled" in shipping.text
    assert "2 are paid: their money goes back to the customers." in cancelling.text


async def test_form_that_is_sent_twice_is_one_job(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, desk: Browser
) -> None:
    chosen = await ids(database, storefront, "confirmed", "delivered")
    _, page = await desk.open(f"/bulk/new?orders={chosen[0]},{chosen[1]}&to=shipped")
    form = page.forms[-1]

    # Temporal is away in this test, which the page says; the job is kept.
    answers = [await client.post(form.action, data={**form.fields, "carrier": "DHL"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert "The change is kept" in answers[0].text
    _, listed = await desk.open("/bulk")
    jobs = [link for link in listed.links if link.startswith("/vendor/bulk/")]
    assert len(jobs) == 1
    _, job = await desk.open(jobs[0].removeprefix("/vendor"))
    assert "0 of 2" in job.text
    assert "DHL" in job.text


async def test_table_hands_over_what_was_chosen_or_all_that_matches(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, desk: Browser
) -> None:
    chosen = await ids(database, storefront, "confirmed", "confirmed", "processing")
    _, page = await desk.open("/bulk")
    token = page.forms[0].fields["csrf_token"]

    some = await client.post(
        "/vendor/bulk/new", data={"csrf_token": token, "order_id": [str(chosen[0]), str(chosen[1]), "x"]}
    )
    every = await client.post(
        "/vendor/bulk/new",
        data={"csrf_token": token, "everything": "true", "query": "?status=confirmed&sort=total"},
    )
    await ids(database, storefront, "confirmed")

    assert some.headers["location"] == f"/vendor/bulk/new?orders={chosen[0]},{chosen[1]}"
    _, matching = await desk.open(every.headers["location"].removeprefix("/vendor"))
    assert "Change 2 orders" in matching.text


async def test_rubbish_in_the_address_is_no_selection(desk: Browser) -> None:
    for query in ("orders=1;2", "orders=0", "again=x", "everything=true&status=lost"):
        answer, _ = await desk.open(f"/bulk/new?{query}")
        assert answer.status_code == 422, query
    for query in ("", f"orders={10**18}"):
        answer, page = await desk.open(f"/bulk/new?{query}")
        assert answer.status_code == 200
        assert "No order was chosen" in page.text


async def test_viewers_look_and_change_nothing(
    client: httpx.AsyncClient, database: Database, storefront: Storefront
) -> None:
    viewer = await create_vendor_user(database, storefront.vendor, role="viewer")
    desk = desk_browser(client, storefront.settings, viewer)
    [chosen] = await ids(database, storefront, "confirmed")

    _, page = await desk.open(f"/bulk/new?orders={chosen}&to=shipped")

    assert "You may look at orders and not change them." in page.text
    assert [form.action for form in page.forms] == ["/vendor/logout"]
