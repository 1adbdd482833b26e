"""The check of the stock after a run of the bench."""

import httpx
import pytest
from sqlalchemy import update

from bench.stock import Sold, StockWrong, check_stock
from db.session import Database
from db.tables import Inventory
from settings import Settings
from tests.api.storefront import open_storefront


async def test_stock_is_what_was_there_less_what_was_sold(
    api: httpx.AsyncClient, database: Database, settings: Settings, worker: None
) -> None:
    storefront = await open_storefront(database, settings)
    order = (await storefront.order(api, await storefront.cart(), payment_method="manual")).json()

    line, other = order["items"]
    sold = line["quantity"] + other["quantity"]
    assert await check_stock(database, hot=line["product_id"]) == Sold(sold, line["quantity"])

    async with database.platform() as session:
        mine = Inventory.product_id == line["product_id"]
        await session.execute(update(Inventory).where(mine).values(available_quantity=1_234))

    with pytest.raises(StockWrong, match="1234 left instead of"):
        await check_stock(database)
