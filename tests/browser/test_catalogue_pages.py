"""The desk's catalogue in a browser: products, their stock, and a file from the chooser to the end."""

import pytest
from playwright.async_api import Page, expect

from db.queries import catalogue
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import Inspector, send
from tests.builders import create_product

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FILE = (
    "sku;title;price;available_quantity;Farbe\n"
    "{mug};Bigger mug;21,50;4;red\n"
    "{pot};;;;\n"
    "CUP-1;A cup with a rather long name for a phone;7,50;12;blue\n"
    "WRONG;;1.234;x;\n"
)


async def test_products_and_stock(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront = shop.storefront
    await work_at_desk(page, shop, role="staff")
    await create_product(storefront.database, storefront.vendor, title="All gone", available=0)
    await inspector.open("/vendor/products", "products")
    await page.get_by_label("Search by title or SKU").fill("nothing like it")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("No product matches this search.")).to_be_visible()
    await inspector.look("no products found")
    await page.goto("/vendor/products?show=sold_out")
    await page.get_by_role("link", name="All gone").click()
    await inspector.look("a product")

    await page.get_by_label("Add", exact=True).check()
    await page.get_by_label("Pieces").fill("7")
    await page.get_by_label("Reason").select_option("delivery")
    await page.get_by_role("button", name="Correct the stock").click()
    await expect(page.get_by_text("The stock was corrected.")).to_be_visible()
    await expect(page.get_by_role("row", name="Corrected: Delivery")).to_contain_text("+7")
    await inspector.look("stock corrected")

    product_id = int(page.url.partition("?")[0].rpartition("/")[2])
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await catalogue.change_product(session, product_id=product_id, changes={"title": "Back again"})
    await send(page, "Save", Title="Mine")
    await inspector.look("saved by somebody else meanwhile")
    await send(page, "Save", Title="Mine")
    await expect(page.get_by_role("heading", name="Mine", level=1)).to_be_visible()

    await inspector.open("/vendor/products/new", "new product")
    await send(page, "Add product", Title="Cup", SKU=storefront.mug.sku, Price_in_EUR="1.234")
    await inspector.look("new product refused")


async def test_import(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront = shop.storefront
    await work_at_desk(page, shop, role="staff")
    content = FILE.format(mug=storefront.mug.sku, pot=storefront.pot.sku)

    async def choose(text: str) -> None:
        await page.goto("/vendor/products/imports")
        file = {"name": "mugs.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
        await page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type] # a dict serves
        await page.get_by_role("button", name="Check the file").click()

    await inspector.open("/vendor/products/imports", "no imports yet")
    await choose(content)
    await expect(page.get_by_role("button", name="Import 2 products")).to_be_visible()
    await inspector.look("preview")
    await page.get_by_label("Leave out the 1 row that is wrong").check()
    await page.get_by_role("button", name="Import 2 products").click()
    await expect(page.get_by_text("The file was imported.").first).to_be_visible()
    await inspector.look("imported")

    await choose("title\nNo SKU\n")
    await expect(page.get_by_text("one of them has to be sku").first).to_be_visible()
    await inspector.look("unreadable file")
    await inspector.open("/vendor/products/imports", "imports")
    await page.goto(f"/vendor/products/{storefront.mug.id}")
    await expect(page.get_by_role("heading", name="Bigger mug", level=1)).to_be_visible()
    await expect(page.get_by_role("row", name="Import")).to_contain_text("\N{MINUS SIGN}6")
