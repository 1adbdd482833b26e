"""Cookies of the pages, and what only a page of ours may send."""

from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.cookies import CSRF_FIELD, CSRF_HEADER, csrf_token, customer_cookie, new_session_id, visitor_cookie
from api.pages.sign_in_needed import local_path
from db.session import Database
from settings import Settings
from tests.api.backoffice import PASSWORD
from tests.api.pages.browsing import Browser, browser_of
from tests.api.storefront import Storefront, code

PERSON = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@mail.example",
    "password": PASSWORD,
    "next": "/cart",
}
AFTERWARDS = "/account/orders"


@pytest_asyncio.fixture
async def secure_client(lone_settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API whose pages are at an https address."""
    settings = lone_settings.model_copy(update={"public_url": "https://shop.example"})
    app = create_app(settings, database=database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
        yield client
    await app.state.context.stop_listening()


def cookies_of(answer: httpx.Response) -> dict[str, Morsel[str]]:
    found: dict[str, Morsel[str]] = {}
    for header in answer.headers.get_list("set-cookie"):
        found.update(SimpleCookie(header))
    return found


async def register(client: httpx.AsyncClient, storefront: Storefront) -> httpx.Response:
    return await Browser(client, f"/shop/{storefront.vendor.id}").send("/register", "/register", **PERSON)


async def test_cookies_are_for_our_server_and_our_site_only(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    shop = f"/shop/{storefront.vendor.id}"
    visited, registered = await client.get(shop), await register(client, storefront)

    visitor = cookies_of(visited)[visitor_cookie(storefront.vendor.id)]
    customer = cookies_of(registered)[customer_cookie(storefront.vendor.id)]
    for cookie in (visitor, customer):
        assert cookie["httponly"] is True
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("lax", "/", "")
        assert not cookie["secure"]
    assert int(customer["max-age"]) == storefront.settings.token_lifetime
    assert cookies_of(await client.get(shop)) == {}


async def test_cookies_of_an_https_site_never_go_over_http(
    secure_client: httpx.AsyncClient, storefront: Storefront
) -> None:
    visited = await secure_client.get(f"/shop/{storefront.vendor.id}")
    registered = await register(secure_client, storefront)

    cookies = {**cookies_of(visited), **cookies_of(registered)}
    assert set(cookies) == {visitor_cookie(storefront.vendor.id), customer_cookie(storefront.vendor.id)}
    assert all(cookie["secure"] is True and cookie["httponly"] is True for cookie in cookies.values())


async def test_signing_out_forgets_the_customer_and_the_cart(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    await register(client, storefront)
    shop = Browser(client, f"/shop/{storefront.vendor.id}")
    await shop.send(f"/products/{storefront.mug.id}", "/cart/items", quantity="2")
    assert "Coffee mug" in (await shop.open("/cart"))[1].text
    before = client.cookies[visitor_cookie(storefront.vendor.id)]

    await shop.send("/cart", "/logout")

    assert customer_cookie(storefront.vendor.id) not in client.cookies
    assert client.cookies[visitor_cookie(storefront.vendor.id)] != before
    assert "Your cart is empty." in (await shop.open("/cart"))[1].text
    # Nor is it for somebody who kept the old cookie.
    client.cookies.set(visitor_cookie(storefront.vendor.id), before)
    assert "Your cart is empty." in (await shop.open("/cart"))[1].text


@pytest.mark.parametrize("given", [None, "", "rubbish", "é", "0" * 64])
async def test_form_without_our_token_is_refused(
    client: httpx.AsyncClient, storefront: Storefront, given: str | None
) -> None:
    shop = f"/shop/{storefront.vendor.id}"
    await client.get(shop)
    fields = {"product_id": str(storefront.mug.id), "quantity": "1"}
    token = {} if given is None else {CSRF_FIELD: given}

    answer = await client.post(f"{shop}/cart/items", data={**fields, **token})

    assert answer.status_code == 403
    assert "This page is too old to be sent." in answer.text
    assert "Your cart is empty." in (await client.get(f"{shop}/cart")).text


async def test_token_of_another_visitor_is_refused(client: httpx.AsyncClient, storefront: Storefront) -> None:
    shop = f"/shop/{storefront.vendor.id}"
    await client.get(shop)
    fields = {"product_id": str(storefront.mug.id), "quantity": "1"}
    theirs = csrf_token(storefront.settings, new_session_id())
    own = csrf_token(storefront.settings, client.cookies[visitor_cookie(storefront.vendor.id)])

    refused = await client.post(f"{shop}/cart/items", data={**fields, CSRF_FIELD: theirs})
    taken = await client.post(f"{shop}/cart/items", data={**fields, CSRF_FIELD: own})

    assert (refused.status_code, taken.status_code) == (403, 303)


async def test_token_without_the_cookie_it_belongs_to_is_refused(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    token = csrf_token(storefront.settings, new_session_id())

    answer = await client.post(f"/shop/{storefront.vendor.id}/logout", data={CSRF_FIELD: token})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 303), ("same-site", 403), ("cross-site", 403), ("none", 403)]
)
async def test_form_of_another_site_is_refused_even_with_the_token(
    client: httpx.AsyncClient, storefront: Storefront, site: str, status: int
) -> None:
    shop = f"/shop/{storefront.vendor.id}"
    await client.get(shop)
    own = csrf_token(storefront.settings, client.cookies[visitor_cookie(storefront.vendor.id)])

    answer = await client.post(
        f"{shop}/cart/items",
        data={"product_id": str(storefront.mug.id), "quantity": "1", CSRF_FIELD: own},
        headers={"Sec-Fetch-Site": site},
    )

    assert answer.status_code == status


async def test_json_of_somebody_known_by_cookie_needs_the_token(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    browser = browser_of(client, storefront.settings, storefront.customer)
    await browser.open("")
    own = csrf_token(storefront.settings, client.cookies[visitor_cookie(storefront.vendor.id)])
    address = {
        "first_name": "Jane",
        "last_name": "Doe",
        "address_line1": "2 Rue de la Gare",
        "city": "Luxembourg",
        "postal_code": "1616",
        "country": "LU",
    }
    path = f"{storefront.path}/customers/addresses"

    refusals = [
        await client.post(path, json=address, headers=headers)
        for headers in (
            {},
            {CSRF_HEADER: "rubbish"},
            {CSRF_HEADER.encode(): b"\xe9"},
            {CSRF_HEADER: own, "Sec-Fetch-Site": "cross-site"},
        )
    ]
    taken = await client.post(path, json=address, headers={CSRF_HEADER: own})

    assert [(answer.status_code, code(answer)) for answer in refusals] == [(403, "csrf_invalid")] * 4
    assert taken.status_code == 201, taken.text


async def test_bearer_of_a_token_needs_no_other(client: httpx.AsyncClient, storefront: Storefront) -> None:
    cart = await storefront.cart()

    answer = await client.get(f"{storefront.path}/cart/{cart.session_id}", headers=storefront.headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/cart", "/checkout?shipping=1", "/account/orders/1#messages"])
def test_path_within_the_shop_is_gone_on_to(path: str) -> None:
    assert local_path(path, AFTERWARDS) == path


@pytest.mark.parametrize(
    "given",
    [
        "",
        "cart",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/cart\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
    ],
)
def test_everything_else_is_not(given: str) -> None:
    assert local_path(given, AFTERWARDS) == AFTERWARDS


@given(st.text(max_size=60) | st.text(alphabet="/\\:.@?#evil\t\n", max_size=30).map(lambda text: f"/{text}"))
def test_whatever_is_given_stays_on_our_site(given: str) -> None:
    for base in ("", "/shop/1"):
        where = urlsplit(urljoin("https://shop.example/shop/1/login", base + local_path(given, AFTERWARDS)))
        assert (where.scheme, where.netloc) == ("https", "shop.example")


async def test_signing_in_leads_to_no_other_site(client: httpx.AsyncClient, storefront: Storefront) -> None:
    shop = Browser(client, f"/shop/{storefront.vendor.id}")

    answer = await shop.send(
        "/register?next=//evil.example", "/register", **{**PERSON, "next": "//evil.example"}
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{shop.shop}{AFTERWARDS}"
