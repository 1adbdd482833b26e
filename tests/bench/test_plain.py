"""The plain service is correct, or nothing held against it would mean anything."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.stock import StockWrong
from db.session import Database
from tests.bench.plain_shop import PlainShop, plain_shop
from tests.fixtures.postgres import PostgresCluster

PIECES = 3


@pytest_asyncio.fixture
async def shop(postgres: PostgresCluster, database: Database) -> AsyncIterator[PlainShop]:
    """A plain shop with three pieces of each product."""
    async with plain_shop(postgres, database, pieces=PIECES) as shop:
        yield shop


async def test_order_has_the_cart_s_lines_and_adds_up(shop: PlainShop) -> None:
    basket = await shop.basket()

    answer = await shop.order(basket)

    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert {item["product_id"] for item in order["items"]} == set(basket.product_ids)
    assert order["subtotal"] == pytest.approx(1.90 + 2.90)
    # 17 % of each line, and shipping
    assert order["total_amount"] == pytest.approx(4.80 + 0.32 + 0.49 + 5.90)
    await shop.plain.check_stock()


async def test_same_order_again_is_the_same_order(shop: PlainShop) -> None:
    basket = await shop.basket()

    answers = await asyncio.gather(*(shop.order(basket) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_number"] for answer in answers}) == 1
    await shop.plain.check_stock()


async def test_key_is_good_for_one_order(shop: PlainShop) -> None:
    basket = await shop.basket()
    first = await shop.order(basket, key="k-1")

    again = await shop.order(basket, key="k-1")
    other = await shop.order(basket, key="k-1", payment_method="stripe")

    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_last_pieces_are_sold_once(shop: PlainShop) -> None:
    vendor = shop.shops.first_vendor
    baskets = [await shop.basket() for _ in range(60)]
    rush = [basket for basket in baskets if basket.shopper.vendor_id == vendor]
    assert len(rush) > PIECES

    answers = await asyncio.gather(*(shop.order(basket) for basket in rush))

    codes = [answer.status_code for answer in answers]
    assert codes.count(201) == PIECES
    assert codes.count(409) == len(rush) - PIECES
    await shop.plain.check_stock()


async def test_other_shop_is_not_served(shop: PlainShop) -> None:
    basket = await shop.basket()
    shopper = basket.shopper
    elsewhere = replace(basket, shopper=replace(shopper, vendor_id=shopper.vendor_id + 1))

    answer = await shop.order(elsewhere)

    assert answer.status_code == 404


async def test_wrong_counter_is_noticed(shop: PlainShop) -> None:
    engine = create_async_engine(shop.database_url)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE inventory SET available = available - 1"
                " WHERE product_id = (SELECT min(product_id) FROM inventory)"
            )
        )
    await engine.dispose()

    with pytest.raises(StockWrong):
        await shop.plain.check_stock()
