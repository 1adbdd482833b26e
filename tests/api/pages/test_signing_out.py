"""Signing out everywhere by a page, and pages for somebody whose sign-in has ended."""

import httpx

from api.cookies import customer_cookie
from db.queries import customers
from tests.api.pages.browsing import browser_of
from tests.api.storefront import Storefront, customer_headers
from tests.builders import create_customer

LIST, EVERYWHERE = "/account/orders", "/account/sign-out-everywhere"


async def _status(client: httpx.AsyncClient, storefront: Storefront) -> int:
    """What the API answers to the token of the storefront's customer."""
    headers = customer_headers(storefront.settings, storefront.customer)
    return (await client.get(f"{storefront.path}/customers/addresses", headers=headers)).status_code


def _forgets(answer: httpx.Response, storefront: Storefront) -> bool:
    """Whether an answer lets the browser forget who signed in."""
    name = customer_cookie(storefront.vendor.id)
    kept = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith(f"{name}=")]
    return bool(kept) and "Max-Age=0" in kept[-1]


async def test_button_says_what_it_does_and_signs_out_here_and_elsewhere(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    _, page = await browser.open(LIST)

    answer = await browser.send(LIST, EVERYWHERE)
    again, _ = await browser.open(LIST)

    assert "Sign out on all devices and in all browsers? This one is signed out too." in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, browser.shop)
    assert _forgets(answer, storefront)
    assert (again.status_code, "/login?" in again.headers["location"]) == (303, True)
    assert await _status(client, storefront) == 401


async def test_ended_sign_in_is_none_to_pages_and_is_forgotten_by_the_browser(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    signed_in, before = await browser.open("")
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await customers.end_sign_ins(session, customer_id=storefront.customer.id)

    home, page = await browser.open("")
    account, _ = await browser.open(LIST)

    assert any(form.action.endswith("/logout") for form in before.forms)
    assert home.status_code == 200
    assert f"{browser.shop}/login" in page.links
    assert not any(form.action.endswith("/logout") for form in page.forms)
    assert _forgets(home, storefront)
    assert not _forgets(signed_in, storefront)
    assert (account.status_code, "/login?" in account.headers["location"]) == (303, True)


async def test_guests_are_not_offered_what_would_shut_them_out(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    guest = await create_customer(storefront.database, storefront.vendor, password_hash=None)
    answer, page = await browser_of(client, storefront.settings, guest).open(LIST)

    assert answer.status_code == 200
    assert not any(form.action.endswith(EVERYWHERE) for form in page.forms)


async def test_guest_can_leave_the_device(client: httpx.AsyncClient, storefront: Storefront) -> None:
    guest = await create_customer(storefront.database, storefront.vendor, password_hash=None)
    browser = browser_of(client, storefront.settings, guest)

    answer = await browser.send(LIST, "/logout")

    assert (answer.status_code, answer.headers["location"]) == (303, browser.shop)
    assert _forgets(answer, storefront)


async def test_signing_out_everywhere_needs_our_own_form(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    await browser.open(LIST)

    answer = await client.post(f"{browser.shop}{EVERYWHERE}", data={"csrf_token": "guessed"})

    assert answer.status_code == 403
    assert await _status(client, storefront) == 200
