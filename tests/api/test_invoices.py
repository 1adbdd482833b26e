"""Invoices through the API: issued once, numbered without gaps, and only for whom they are."""

import asyncio
from datetime import UTC, date, datetime

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from db.queries.invoice_issuing import issue_due
from db.session import Database
from db.tables import Invoice, InvoiceNumberCounter, Order, Refund, Vendor
from tests.api.backoffice import vendor_headers
from tests.api.invoiced import PAID_AT, VENDOR, number, own, paid_order, set_up_invoices
from tests.api.sales import change, refund
from tests.api.storefront import Storefront, code, customer_headers, open_storefront
from tests.builders import create_customer, create_vendor_user


@pytest_asyncio.fixture
async def shop(database: Database, storefront: Storefront) -> Storefront:
    """A shop that has said who sells."""
    await set_up_invoices(database, storefront.vendor)
    return storefront


@pytest_asyncio.fixture
async def staff(database: Database, storefront: Storefront) -> dict[str, str]:
    user = await create_vendor_user(database, storefront.vendor, role="staff")
    return vendor_headers(storefront.settings, user)


async def test_paid_order_gets_one_invoice_and_keeps_it(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop)
    before = (await client.get(own(shop, order), headers=shop.headers)).json()
    first = await client.post(own(shop, order), headers=shop.headers)
    again = await client.post(f"{VENDOR}/orders/{order.id}/invoices", headers=staff)
    await set_up_invoices(database, shop.vendor, legal_name="Somebody else")

    assert before == {"invoices": [], "can_issue": True}
    assert (first.status_code, again.status_code) == (201, 200)
    [invoice] = first.json()["invoices"]
    assert invoice["number"] == number("INV", 1)
    assert invoice["order_number"] == order.order_number
    assert (invoice["net_amount"], invoice["tax_amount"], invoice["total_amount"]) == (17.01, 2.89, 19.90)
    assert invoice["rates"] == [{"rate": 17.00, "net": 17.01, "tax": 2.89}]
    assert [each["id"] for each in again.json()["invoices"]] == [invoice["id"]]
    assert not again.json()["can_issue"]
    async with database.vendor(shop.vendor.id) as session:
        stored = (await session.scalars(select(Invoice))).one()
    assert stored.issuer["legal_name"] == "Acme S.à r.l."


async def test_invoice_is_a_pdf_for_its_customer_and_its_shop(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop)
    [mine] = (await client.post(own(shop, order), headers=shop.headers)).json()["invoices"]
    [theirs] = (await client.get(f"{VENDOR}/orders/{order.id}/invoices", headers=staff)).json()["invoices"]

    for url, headers in ((mine["pdf_url"], shop.headers), (theirs["pdf_url"], staff)):
        file = await client.get(url, headers=headers)
        assert file.status_code == 200
        assert file.headers["content-type"] == "application/pdf"
        assert file.headers["content-disposition"] == f'inline; filename="{mine["number"]}.pdf"'
        assert file.headers["cache-control"] == "private, no-store"
        assert file.content.startswith(b"%PDF-")


async def test_refund_that_arrived_gets_a_credit_note_and_a_debit_note_when_it_fails_after_all(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    order = await paid_order(database, shop)
    await refund(database, order, 5, "pending", PAID_AT)
    pending = (await client.post(own(shop, order), headers=shop.headers)).json()
    await _refund_becomes(database, order, "succeeded")
    credited = await client.post(own(shop, order), headers=shop.headers)
    await _refund_becomes(database, order, "failed")
    due = (await client.get(own(shop, order), headers=shop.headers)).json()["can_issue"]
    debited = await client.post(own(shop, order), headers=shop.headers)

    assert [each["kind"] for each in pending["invoices"]] == ["invoice"]
    assert (credited.status_code, due, debited.status_code) == (201, True, 201)
    invoice, credit_note, debit_note = debited.json()["invoices"]
    assert credited.json()["invoices"] == [invoice, credit_note]
    assert (credit_note["number"], credit_note["corrects"]) == (number("CN", 1), invoice["number"])
    assert (debit_note["number"], debit_note["corrects"]) == (number("DN", 1), credit_note["number"])
    for note in (credit_note, debit_note):
        assert (note["net_amount"], note["tax_amount"], note["total_amount"]) == (4.27, 0.73, 5.00)


async def _refund_becomes(database: Database, order: Order, status: str) -> None:
    async with database.platform() as session:
        await session.execute(update(Refund).where(Refund.order_id == order.id).values(status=status))


async def test_asked_for_at_once_it_is_issued_once(
    client: httpx.AsyncClient, database: Database, shop: Storefront, staff: dict[str, str]
) -> None:
    order = await paid_order(database, shop)
    answers = await asyncio.gather(
        *(client.post(own(shop, order), headers=shop.headers) for _ in range(10)),
        *(client.post(f"{VENDOR}/orders/{order.id}/invoices", headers=staff) for _ in range(10)),
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert {answer.json()["invoices"][0]["number"] for answer in answers} == {number("INV", 1)}


async def test_numbers_have_no_gaps_whoever_asks_at_the_same_time_and_whatever_fails(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    orders = [await paid_order(database, shop) for _ in range(12)]

    async def break_off(order: Order) -> None:
        async with database.vendor(shop.vendor.id) as session:
            await issue_due(session, vendor_id=shop.vendor.id, order_id=order.id)
            raise ConnectionResetError

    broken = await asyncio.gather(*(break_off(order) for order in orders[:4]), return_exceptions=True)
    assert [type(each) for each in broken] == [ConnectionResetError] * 4
    await asyncio.gather(*(client.post(own(shop, order), headers=shop.headers) for order in orders))
    async with database.vendor(shop.vendor.id) as session:
        numbers = sorted((await session.scalars(select(Invoice.number))).all())
        counter = (await session.scalars(select(InvoiceNumberCounter))).one()

    assert numbers == [number("INV", last) for last in range(1, 13)]
    assert (counter.kind, counter.last_number) == ("invoice", 12)


async def test_each_shop_counts_for_itself(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    other = await open_storefront(database, shop.settings)
    await set_up_invoices(database, other.vendor)
    for each in (shop, other):
        issued = await client.post(own(each, await paid_order(database, each)), headers=each.headers)
        assert issued.json()["invoices"][0]["number"] == number("INV", 1)


async def test_day_is_the_shops(client: httpx.AsyncClient, database: Database, shop: Storefront) -> None:
    async with database.platform() as session:
        vendor = await session.get_one(Vendor, shop.vendor.id)
        vendor.time_zone = "Pacific/Kiritimati"  # fourteen hours ahead
    issued = await client.post(own(shop, await paid_order(database, shop)), headers=shop.headers)
    today = datetime.now(UTC).date()
    day = date.fromisoformat(issued.json()["invoices"][0]["issued_on"])
    assert 0 <= (day - today).days <= 1


@pytest.mark.parametrize(
    ("paid", "set_up", "refused"),
    [
        (False, True, "invoice_not_due"),
        (True, False, "invoicing_not_set_up"),
    ],
)
async def test_what_is_not_due_or_not_set_up_is_refused(
    client: httpx.AsyncClient,
    database: Database,
    storefront: Storefront,
    paid: bool,
    set_up: bool,
    refused: str,
) -> None:
    if set_up:
        await set_up_invoices(database, storefront.vendor)
    order = await paid_order(database, storefront)
    if not paid:
        await change(database, order, paid_at=None)
    answer = await client.post(own(storefront, order), headers=storefront.headers)

    assert (answer.status_code, code(answer)) == (409, refused)
    listed = (await client.get(own(storefront, order), headers=storefront.headers)).json()
    assert listed == {"invoices": [], "can_issue": False}


async def test_nobody_else_sees_or_issues_an_invoice(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    order = await paid_order(database, shop)
    [invoice] = (await client.post(own(shop, order), headers=shop.headers)).json()["invoices"]
    neighbour = customer_headers(shop.settings, await create_customer(database, shop.vendor))
    another = await paid_order(database, shop)
    rival = await open_storefront(database, shop.settings)
    rival_staff = vendor_headers(shop.settings, await create_vendor_user(database, rival.vendor))

    for method, url, headers, expected in (
        ("GET", own(shop, order), neighbour, "order_not_found"),
        ("POST", own(shop, order), neighbour, "order_not_found"),
        ("GET", invoice["pdf_url"], neighbour, "order_not_found"),
        ("GET", f"{own(shop, another)}/{invoice['id']}/pdf", shop.headers, "invoice_not_found"),
        ("GET", f"{VENDOR}/orders/{order.id}/invoices", rival_staff, "order_not_found"),
        ("POST", f"{VENDOR}/orders/{order.id}/invoices", rival_staff, "order_not_found"),
        ("GET", f"{VENDOR}/invoices/{invoice['id']}/pdf", rival_staff, "invoice_not_found"),
    ):
        answer = await client.request(method, url, headers=headers)
        assert (answer.status_code, code(answer)) == (404, expected), (method, url)
    assert (await client.get(f"{VENDOR}/invoices", headers=rival_staff)).json() == []


async def test_viewer_reads_and_does_not_issue(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    order = await paid_order(database, shop)
    viewer = vendor_headers(shop.settings, await create_vendor_user(database, shop.vendor, role="viewer"))
    assert (await client.get(f"{VENDOR}/orders/{order.id}/invoices", headers=viewer)).status_code == 200
    for url, body in (
        (f"{VENDOR}/orders/{order.id}/invoices", None),
        (f"{VENDOR}/invoices", {"month": "2026-11"}),
    ):
        assert (await client.post(url, json=body, headers=viewer)).status_code == 403
