"""Invoices on the customer's and the desk's page of one order."""

from dataclasses import replace

import httpx
import pytest
import pytest_asyncio

from db.session import Database
from db.tables import Order, VendorUser
from tests.api.backoffice import create_order
from tests.api.invoiced import PAID_AT, paid_order, set_up_invoices
from tests.api.pages.browsing import Browser, Read, browser_of, desk_browser
from tests.api.sales import refund
from tests.api.storefront import Storefront, open_storefront
from tests.builders import create_customer, create_vendor_user


@pytest_asyncio.fixture
async def shop(database: Database, storefront: Storefront) -> Storefront:
    """A shop that has said who sells."""
    await set_up_invoices(database, storefront.vendor)
    return storefront


@pytest_asyncio.fixture
async def user(storefront: Storefront) -> VendorUser:
    return await create_vendor_user(storefront.database, storefront.vendor, role="staff")


@pytest.fixture
def customer(client: httpx.AsyncClient, storefront: Storefront) -> Browser:
    return browser_of(client, storefront.settings, storefront.customer)


@pytest.fixture
def desk(client: httpx.AsyncClient, storefront: Storefront, user: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, user)


def _own(order: Order) -> str:
    return f"/account/orders/{order.id}"


def _offered(page: Read) -> bool:
    return any(form.action.endswith("/invoices") for form in page.forms)


def _pdfs(page: Read) -> list[str]:
    return [link for link in page.links if link.endswith(".pdf")]


async def _is_pdf(client: httpx.AsyncClient, address: str) -> bytes:
    answer = await client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF")
    return answer.content


async def test_customer_gets_the_invoice_by_a_button_and_finds_it_again(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser
) -> None:
    order = await paid_order(database, shop)
    _, before = await customer.open(_own(order))

    form = before.form("/invoices")
    answers = [await client.post(form.action, data=form.fields) for _ in range(2)]
    _, after = await customer.open(_own(order))

    assert "Get the invoice" in before.text
    assert [answer.status_code for answer in answers] == [303, 303]
    [address] = {answer.headers["location"] for answer in answers}
    assert _pdfs(after) == [address]
    assert "INV-" in after.text
    assert not _offered(after)
    assert await _is_pdf(client, address) == await _is_pdf(client, address)


async def test_credit_note_is_offered_once_a_refund_arrived(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser
) -> None:
    order = await paid_order(database, shop)
    await customer.send(_own(order), "/invoices")
    await refund(database, order, 5, "succeeded", PAID_AT)
    _, before = await customer.open(_own(order))

    answer = await customer.send(_own(order), "/invoices")
    _, after = await customer.open(_own(order))

    assert "Get the credit note" in before.text
    invoice, note = _pdfs(after)
    assert answer.headers["location"] == note != invoice
    assert "Credit note" in after.text
    await _is_pdf(client, note)


async def test_invoice_is_shown_where_a_note_was_issued_with_it(
    database: Database, shop: Storefront, customer: Browser
) -> None:
    order = await paid_order(database, shop)
    await refund(database, order, 5, "succeeded", PAID_AT)

    answer = await customer.send(_own(order), "/invoices")
    _, page = await customer.open(_own(order))

    assert [answer.headers["location"], len(_pdfs(page))] == [_pdfs(page)[0], 2]


async def test_guest_gets_the_invoice_too(
    client: httpx.AsyncClient, database: Database, shop: Storefront
) -> None:
    guest = await create_customer(database, shop.vendor, password_hash=None)
    order = await paid_order(database, replace(shop, customer=guest))
    browser = browser_of(client, shop.settings, guest)

    answer = await browser.send(_own(order), "/invoices")

    await _is_pdf(client, answer.headers["location"])


async def test_nothing_is_offered_before_the_payment_or_without_an_issuer(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, customer: Browser
) -> None:
    paid = await paid_order(database, storefront)
    unpaid = await create_order(
        database, storefront.customer, storefront.mug, status="pending", payment_status="pending"
    )
    _, of_paid = await customer.open(_own(paid))
    not_set_up = await client.post(
        f"{customer.shop}{_own(paid)}/invoices", data=of_paid.form("/messages").fields
    )
    await set_up_invoices(database, storefront.vendor)
    _, of_unpaid = await customer.open(_own(unpaid))
    not_due = await client.post(
        f"{customer.shop}{_own(unpaid)}/invoices", data=of_unpaid.form("/messages").fields
    )

    for page in (of_paid, of_unpaid):
        assert not _offered(page)
        assert "Invoice" not in page.text
    for refused in (not_set_up, not_due):
        assert refused.status_code == 409
        assert "There is no invoice for this order yet." in Read(refused.text).text


async def test_invoices_of_others_are_not_there(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser
) -> None:
    order, other = await paid_order(database, shop), await paid_order(database, shop)
    address = (await customer.send(_own(order), "/invoices")).headers["location"]
    number = address.rpartition("/")[2]
    of_another_order = await client.get(f"{customer.shop}{_own(other)}/invoices/{number}")
    neighbour = await create_customer(database, shop.vendor)
    elsewhere = await open_storefront(database, shop.settings)

    assert of_another_order.status_code == 404
    for stranger in (neighbour, elsewhere.customer):
        browser = browser_of(client, shop.settings, stranger)
        _, signed_in = await browser.open("/account/orders")
        read = await client.get(f"{browser.shop}{_own(order)}/invoices/{number}")
        sent = await client.post(
            f"{browser.shop}{_own(order)}/invoices", data=signed_in.form("/logout").fields
        )
        assert (read.status_code, sent.status_code) == (404, 404)


async def test_pdf_needs_a_sign_in(client: httpx.AsyncClient, database: Database, shop: Storefront) -> None:
    order = await paid_order(database, shop)

    answer = await client.get(f"/shop/{shop.vendor.id}{_own(order)}/invoices/1.pdf")
    at_desk = await client.get("/vendor/invoices/1.pdf")

    assert answer.headers["location"].startswith(f"/shop/{shop.vendor.id}/login?next=")
    assert at_desk.headers["location"].startswith("/vendor/login?next=")


async def test_issuing_needs_our_own_form(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser, desk: Browser
) -> None:
    order = await paid_order(database, shop)

    for address in (
        f"{customer.shop}{_own(order)}/invoices",
        f"/vendor/orders/{order.id}/invoices",
        "/vendor/invoices",
    ):
        answer = await client.post(address, data={"csrf_token": "guessed", "month": "2026-11"})
        assert answer.status_code == 403
    _, page = await desk.open(f"/orders/{order.id}")
    assert not _pdfs(page)


async def test_desk_issues_what_its_customer_then_finds(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser, desk: Browser
) -> None:
    order = await paid_order(database, shop)
    _, before = await desk.open(f"/orders/{order.id}")

    form = before.form("/invoices")
    answers = [await client.post(form.action, data=form.fields) for _ in range(2)]
    _, after = await desk.open(f"/orders/{order.id}")
    _, own = await customer.open(_own(order))

    assert "Issue invoice" in before.text
    [address] = {answer.headers["location"] for answer in answers}
    assert _pdfs(after) == [address]
    assert not _offered(after)
    [theirs] = _pdfs(own)
    assert await _is_pdf(client, address) == await _is_pdf(client, theirs)


async def test_viewer_sees_documents_and_issues_none(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser
) -> None:
    issued, due = await paid_order(database, shop), await paid_order(database, shop)
    await customer.send(_own(issued), "/invoices")
    viewer = await create_vendor_user(database, shop.vendor, role="viewer")
    desk = desk_browser(client, shop.settings, viewer)

    _, with_one = await desk.open(f"/orders/{issued.id}")
    _, without = await desk.open(f"/orders/{due.id}")
    refused = await client.post(f"/vendor/orders/{due.id}/invoices", data=without.form("/logout").fields)

    [address] = _pdfs(with_one)
    await _is_pdf(client, address)
    assert not _offered(without)
    assert "Nothing was issued yet." in without.text
    assert refused.status_code == 403


async def test_desk_is_told_where_invoices_are_set_up(
    client: httpx.AsyncClient, database: Database, storefront: Storefront, desk: Browser
) -> None:
    paid = await paid_order(database, storefront)
    unpaid = await create_order(
        database, storefront.customer, storefront.mug, status="pending", payment_status="pending"
    )

    _, page = await desk.open(f"/orders/{paid.id}")
    _, of_unpaid = await desk.open(f"/orders/{unpaid.id}")
    refused = await client.post(f"/vendor/orders/{paid.id}/invoices", data=page.form("/logout").fields)

    assert "/vendor/settings/invoices" in page.links
    assert "/vendor/settings/invoices" not in of_unpaid.links
    assert not _offered(page)
    assert refused.status_code == 409
    assert "The shop has not set up its invoices yet." in Read(refused.text).text


async def test_another_vendors_invoices_are_not_there(
    client: httpx.AsyncClient, database: Database, shop: Storefront, customer: Browser
) -> None:
    order = await paid_order(database, shop)
    address = (await customer.send(_own(order), "/invoices")).headers["location"]
    elsewhere = await open_storefront(database, shop.settings)
    stranger = await create_vendor_user(database, elsewhere.vendor)
    desk = desk_browser(client, shop.settings, stranger)
    _, signed_in = await desk.open("/orders")

    read = await client.get(f"/vendor/invoices/{address.rpartition('/')[2]}")
    sent = await client.post(f"/vendor/orders/{order.id}/invoices", data=signed_in.form("/logout").fields)

    assert (read.status_code, sent.status_code) == (404, 404)
