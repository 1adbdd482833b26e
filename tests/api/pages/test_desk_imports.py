"""The desk's pages of imports, without the engine that does them."""

import httpx
import pytest
import pytest_asyncio

from db.queries import product_imports
from db.queries.import_staging import finish_check, refuse_file, stage_rows
from db.session import Database
from db.tables import VendorUser
from domain.errors import ImportFileInvalid
from domain.product_files import MOST_BYTES, read_product_file
from domain.product_rows import read_rows
from tests.api.pages.browsing import Browser, Read, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_vendor_user

IMPORTS = "/products/imports"


@pytest_asyncio.fixture
async def user(storefront: Storefront, database: Database) -> VendorUser:
    return await create_vendor_user(database, storefront.vendor, role="staff")


@pytest.fixture
def desk(client: httpx.AsyncClient, storefront: Storefront, user: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, user)


async def _checked(storefront: Storefront, user: VendorUser, content: bytes) -> int:
    """An import as its check leaves it."""
    vendor_id = storefront.vendor.id
    async with storefront.database.vendor(vendor_id) as session:
        entry = await product_imports.add_import(
            session, vendor_id=vendor_id, created_by=user.id, filename="mugs.csv", content=content
        )
        try:
            file = read_product_file(content)
        except ImportFileInvalid as refused:
            await refuse_file(session, import_id=entry.id, refused=refused)
        else:
            rows = list(read_rows(file, "EUR"))
            await stage_rows(session, vendor_id=vendor_id, import_id=entry.id, rows=rows)
            await finish_check(session, import_id=entry.id, file=file)
    return entry.id


async def _send(desk: Browser, content: bytes, **fields: str) -> httpx.Response:
    _, page = await desk.open(IMPORTS)
    form = page.form("/imports")
    files = {"file": ("C:\\docs\\mugs.csv", content, "text/csv")}
    return await desk.client.post(form.action, data={**form.fields, **fields}, files=files)


async def test_a_file_is_kept_though_the_engine_is_away_and_can_be_checked_later(desk: Browser) -> None:
    sent = await _send(desk, b"sku,title,price\nA,A,1\n")
    page = Read((await desk.client.get(sent.headers["location"])).text)
    again = await desk.client.post(page.form("/check").action, data=page.form("/check").fields)
    _, listed = await desk.open(IMPORTS)

    assert sent.status_code == again.status_code == 303
    assert "The file is kept, but the check could not begin yet." in page.text
    assert "mugs.csv" in listed.text
    assert "docs" not in listed.text
    assert "Being checked" in listed.text


async def test_forms_of_others_empty_and_too_large_files_are_refused(desk: Browser) -> None:
    forged = await _send(desk, b"sku\nA\n", csrf_token="forged")
    empty = await _send(desk, b"")
    large = await _send(desk, b"x" * (MOST_BYTES + 1))
    huge = await _send(desk, b"x" * (MOST_BYTES + 2_000_000))
    _, listed = await desk.open(IMPORTS)

    assert [answer.status_code for answer in (forged, empty, large, huge)] == [403, 422, 413, 413]
    assert "Please choose a file that is not empty." in Read(empty.text).text
    for answer in (large, huge):
        assert "This file is too large" in Read(answer.text).text
    assert "No file has been imported yet." in listed.text


async def test_the_preview_says_what_would_happen(
    desk: Browser, storefront: Storefront, user: VendorUser
) -> None:
    mug = storefront.mug.sku
    content = f"sku;title;price;available_quantity;Farbe\n{mug};<b>Cup</b>;21,50;3;\nN;New;5;1;\nW;;1.234;;\n"
    import_id = await _checked(storefront, user, content.encode())

    _, page = await desk.open(f"{IMPORTS}/{import_id}")
    refused = await desk.send(f"{IMPORTS}/{import_id}", "/decision", decision="apply")

    for said in (
        "New 1 Changed 1 Unchanged 0 Wrong 1",
        "no effect: Farbe",
        "Price could mean thousands or decimals",
        "Title Coffee mug → becomes <b>Cup</b>",
        "Price €19.90 → becomes €21.50",
        "New · €5.00 · 1 piece",
        "Leave out the 1 row that is wrong",
        "Import 2 products",
    ):
        assert said in page.text, said
    assert refused.status_code == 409
    assert "Some rows are wrong" in Read(refused.text).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title\nA\n", "one of them has to be sku"),
        (b'sku\n"A\n', "in what begins in line 2"),
        (b"sku,sku\nA,B\n", "The column sku is there more than once."),
    ],
)
async def test_files_that_cannot_be_read_say_why(
    desk: Browser, storefront: Storefront, user: VendorUser, content: bytes, said: str
) -> None:
    import_id = await _checked(storefront, user, content)

    _, page = await desk.open(f"{IMPORTS}/{import_id}")

    assert said in page.text
    assert "Send another file" in page.text


async def test_viewers_see_imports_and_no_forms(
    client: httpx.AsyncClient, storefront: Storefront, user: VendorUser, database: Database
) -> None:
    import_id = await _checked(storefront, user, b"sku,title,price\nN,New,1\n")
    viewer = await create_vendor_user(database, storefront.vendor, role="viewer")
    desk = desk_browser(client, storefront.settings, viewer)

    for path in (IMPORTS, f"{IMPORTS}/{import_id}"):
        answer, page = await desk.open(path)
        assert (answer.status_code, [form.action for form in page.forms]) == (200, ["/vendor/logout"])
