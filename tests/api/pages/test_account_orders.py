"""The pages of a customer's orders."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from db.tables import Order
from domain.lifecycle import OrderStatus
from tests.api.backoffice import create_order
from tests.api.pages.browsing import Read, browser_of
from tests.api.storefront import Storefront, open_storefront
from tests.builders import create_customer
from tests.waiting import eventually

LIST = "/account/orders"


async def _orders(storefront: Storefront, count: int) -> list[Order]:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    return [
        await create_order(
            storefront.database,
            storefront.customer,
            storefront.mug,
            created_at=start + timedelta(minutes=number),
        )
        for number in range(count)
    ]


async def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    answer = await client.get(f"/shop/{storefront.vendor.id}{LIST}?limit=5")

    assert answer.status_code == 303
    expected = f"/shop/{storefront.vendor.id}/login?next=%2Faccount%2Forders%3Flimit%3D5"
    assert answer.headers["location"] == expected


async def test_no_orders_lead_to_the_products(client: httpx.AsyncClient, storefront: Storefront) -> None:
    answer, page = await browser_of(client, storefront.settings, storefront.customer).open(LIST)

    assert answer.status_code == 200
    assert "You have not ordered anything yet." in page.text
    assert f"/shop/{storefront.vendor.id}/products" in page.links


async def test_list_shows_twenty_orders_and_leads_to_the_rest(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    placed = await _orders(storefront, 22)
    browser = browser_of(client, storefront.settings, storefront.customer)

    _, first = await browser.open(LIST)
    more = next(link for link in first.links if "cursor=" in link)
    second = Read((await client.get(more)).text)

    newest, oldest = placed[:1:-1], placed[1::-1]
    details = [f"{browser.shop}{LIST}/{order.id}" for order in newest]
    assert [link for link in first.links if link in details] == details
    assert [f"Order {order.order_number}" in second.text for order in oldest] == [True, True]
    assert newest[-1].order_number not in second.text
    assert not any("cursor=" in link for link in second.links)


async def test_order_tells_its_items_amounts_addresses_and_next_step(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    order = (await _orders(storefront, 1))[0]

    browser = browser_of(client, storefront.settings, storefront.customer)
    answer, page = await browser.open(f"{LIST}/{order.id}")

    assert answer.status_code == 200
    for words in (
        f"Order {order.order_number}",
        "Your order is confirmed",
        "Coffee mug",
        f"Item no. {storefront.mug.sku}",
        "1 \u00d7 €19.90",
        "Subtotal, without VAT €19.90",
        "Total €19.90",
        "1 Rue de la Gare",
        "Luxembourg",
        "You get €19.90 back the way you paid.",
    ):
        assert words in page.text


@pytest.mark.parametrize("status", list(OrderStatus))
async def test_every_status_has_a_page(
    client: httpx.AsyncClient, storefront: Storefront, status: OrderStatus
) -> None:
    for payment_status in ("pending", "paid", "failed", "refunded", "partially_refunded", "voided"):
        for method in ("stripe", "manual"):
            order = await create_order(
                storefront.database,
                storefront.customer,
                storefront.mug,
                status=status,
                payment_status=payment_status,
                payment_method=method,
            )
            browser = browser_of(client, storefront.settings, storefront.customer)

            answer, page = await browser.open(f"{LIST}/{order.id}")

            assert answer.status_code == 200, (payment_status, method)
            offered = any(form.action.endswith("/cancel") for form in page.forms)
            assert offered == (status in {OrderStatus.PENDING, OrderStatus.CONFIRMED})


async def test_orders_of_others_are_not_there(client: httpx.AsyncClient, storefront: Storefront) -> None:
    neighbour = await create_customer(storefront.database, storefront.vendor)
    elsewhere = await open_storefront(storefront.database, storefront.settings)
    order = (await _orders(storefront, 1))[0]
    for customer in (neighbour, elsewhere.customer):
        browser = browser_of(client, storefront.settings, customer)

        answer, page = await browser.open(f"{LIST}/{order.id}")
        _, own_page = await browser.open(LIST)
        own = own_page.form("/logout").fields
        refused = await client.post(f"{browser.shop}{LIST}/{order.id}/cancel", data=own)

        assert answer.status_code == 404
        assert "There is nothing here" in page.text
        assert order.order_number not in answer.text
        assert refused.status_code == 404


@pytest.mark.parametrize("path", ["x", "0", "-1", "9" * 30, "%00"])
async def test_rubbish_ids_are_answered_with_a_page(
    client: httpx.AsyncClient, storefront: Storefront, path: str
) -> None:
    answer, _ = await browser_of(client, storefront.settings, storefront.customer).open(f"{LIST}/{path}")

    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("query", ["cursor=x", "cursor=%00", "limit=0", "limit=x", "skip=-1"])
async def test_rubbish_queries_are_answered_with_a_page(
    client: httpx.AsyncClient, storefront: Storefront, query: str
) -> None:
    answer, _ = await browser_of(client, storefront.settings, storefront.customer).open(f"{LIST}?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")


async def test_cancelling_needs_our_own_form(client: httpx.AsyncClient, storefront: Storefront) -> None:
    order = (await _orders(storefront, 1))[0]
    browser = browser_of(client, storefront.settings, storefront.customer)
    await browser.open(f"{LIST}/{order.id}")

    for data in ({}, {"csrf_token": "guessed"}):
        answer = await client.post(f"{browser.shop}{LIST}/{order.id}/cancel", data=data)
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")


async def test_cancelling_while_temporal_is_away_is_said_beside_the_form(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    order = (await _orders(storefront, 1))[0]
    browser = browser_of(client, storefront.settings, storefront.customer)

    answer = await browser.send(f"{LIST}/{order.id}", "/cancel", reason="Too big")

    assert answer.status_code == 503
    assert "The order could not be cancelled just now." in Read(answer.text).text


async def test_reason_that_cannot_be_kept_is_said_beside_it(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    order = (await _orders(storefront, 1))[0]
    browser = browser_of(client, storefront.settings, storefront.customer)

    answer = await browser.send(f"{LIST}/{order.id}", "/cancel", reason="x" * 2001)

    assert answer.status_code == 422
    assert "This is too long." in Read(answer.text).text


async def test_cancelling_twice_cancels_once(
    api: httpx.AsyncClient, storefront: Storefront, application: FastAPI, worker: None
) -> None:
    placed = (await storefront.order(api, await storefront.cart())).json()
    browser = browser_of(api, storefront.settings, storefront.customer)
    path = f"{LIST}/{placed['id']}"
    _, page = await browser.open(path)
    form = page.form("/cancel")

    answers = [
        await api.post(form.action, data={**form.fields, "reason": "Ordered <twice>"}) for _ in range(2)
    ]

    async def shown() -> str:
        _, read = await browser.open(path)
        return read.text

    text = await eventually(shown, lambda found: "You cancelled this order." in found)
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "You have not been charged." in text
    assert text.count("Ordered <twice>") == 1
