"""Products from a file over the API: all rows or none, each one told, and orders not in the way."""

import asyncio
import csv
import io
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from api.importing import SMALL
from db.queries import product_imports
from db.queries.import_applying import CatalogueMoved, apply_rows
from db.queries.import_staging import finish_check, stage_rows
from db.session import Database
from db.tables import Inventory, InventoryMovement, Product, ProductImport, ProductImportRow, VendorUser
from domain.product_files import MOST_BYTES, MOST_ROWS, read_product_file
from domain.product_rows import read_rows
from tests.api.backoffice import vendor_headers
from tests.api.storefront import Storefront, code
from tests.builders import create_product, create_vendor, create_vendor_user, hold_stock

PATH = "/api/v1/vendor/products/import"
LIST = "/api/v1/vendor/products/imports"


@pytest_asyncio.fixture
async def user(storefront: Storefront, database: Database) -> VendorUser:
    return await create_vendor_user(database, storefront.vendor, role="staff")


@pytest_asyncio.fixture
async def headers(storefront: Storefront, user: VendorUser) -> dict[str, str]:
    return vendor_headers(storefront.settings, user)


async def _send(
    client: httpx.AsyncClient, headers: dict[str, str], content: str | bytes, **query: object
) -> httpx.Response:
    data = content if isinstance(content, bytes) else content.encode()
    files = {"file": ("products.csv", data, "text/csv")}
    return await client.post(
        PATH, files=files, params={k: str(v).lower() for k, v in query.items()}, headers=headers
    )


async def _catalogue(storefront: Storefront) -> dict[str, tuple[str, str, int, bool]]:
    """The shop's products as title, price, available and on sale; fails unless movements add up."""
    sums = (
        select(InventoryMovement.product_id, func.sum(InventoryMovement.available_change).label("moved"))
        .group_by(InventoryMovement.product_id)
        .subquery()
    )
    statement = (
        select(Product, Inventory.available_quantity, sums.c.moved)
        .join(Inventory, Inventory.product_id == Product.id)
        .join(sums, sums.c.product_id == Product.id)
    )
    async with storefront.database.reading(storefront.vendor.id) as session:
        found = (await session.execute(statement)).all()
    assert all(available == moved for _, available, moved in found)
    return {p.sku: (p.title, str(p.price), available, p.is_active) for p, available, _ in found}


async def _staged(storefront: Storefront, user: VendorUser, content: str) -> int:
    """An import that was checked and confirmed, as the workflow leaves it before it is applied."""
    vendor_id = storefront.vendor.id
    async with storefront.database.vendor(vendor_id) as session:
        entry = await product_imports.add_import(
            session, vendor_id=vendor_id, created_by=user.id, filename="f.csv", content=content.encode()
        )
        file = read_product_file(content.encode())
        await stage_rows(session, vendor_id=vendor_id, import_id=entry.id, rows=list(read_rows(file, "EUR")))
        await finish_check(session, import_id=entry.id, file=file)
        await product_imports.change_import(
            session, import_id=entry.id, states=["checked"], state="applying", decided_by=user.id
        )
    return entry.id


async def _apply(storefront: Storefront, import_id: int) -> None:
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await apply_rows(session, vendor_id=storefront.vendor.id, import_id=import_id)


async def test_a_file_adds_and_changes_products_and_tells_each_row(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], user: VendorUser
) -> None:
    mug, pot = storefront.mug, storefront.pot
    answer = await _send(
        client,
        headers,
        "\ufeffSKU;price;available_quantity;title;Colour\r\n"
        f"{mug.sku};21,50;4;;red\r\n{pot.sku};;;;\r\n=1+1;5;7;=SUM(A1);\r\n",
    )

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["state"], told["new"], told["changed"], told["unchanged"], told["wrong"]) == (
        "applied",
        1,
        1,
        1,
        0,
    )
    assert told["unknown_columns"] == ["Colour"]
    assert [(row["line"], row["result"], row["changes"]) for row in told["rows"]] == [
        (2, "changed", {"price": [19.90, 21.50], "available_quantity": [10, 4]}),
        (3, "unchanged", {}),
        (4, "new", {}),
    ]
    assert '"price":[19.90,21.50]' in answer.text
    catalogue = await _catalogue(storefront)
    assert catalogue[mug.sku] == ("Coffee mug", "21.50", 4, True)
    assert catalogue["=1+1"] == ("=SUM(A1)", "5.00", 7, True)
    moves = (await client.get(f"/api/v1/vendor/products/{mug.id}/movements", headers=headers)).json()
    assert (moves[0]["available_change"], moves[0]["import_id"], moves[0]["mover"]["id"]) == (
        -6,
        told["id"],
        user.id,
    )
    report = await client.get(f"{LIST}/{told['id']}/report.csv", headers=headers)
    lines = list(csv.reader(io.StringIO(report.text.removeprefix("\ufeff"), newline="")))
    assert lines[0] == ["line", "sku", "result", "details"]
    assert lines[1] == ["2", mug.sku, "changed", "price: 19.90 → 21.50; available_quantity: 10 → 4"]
    assert lines[3][1] == "'=1+1"
    listed = (await client.get(LIST, headers=headers)).json()
    assert [(entry["id"], entry["state"], entry["decided_by"]) for entry in listed] == [
        (told["id"], "applied", user.id)
    ]


async def test_nothing_of_a_file_with_a_wrong_row_is_imported_unless_it_is_left_out(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    before = await _catalogue(storefront)
    content = f"sku,title,price\nNEW,New,1\n{storefront.mug.sku},Cup,x\nDUP,A,1\nDUP,B,2\n"

    whole = (await _send(client, headers, content)).json()
    looked = (await _send(client, headers, content, dry_run=True, leave_out_wrong=True)).json()
    assert await _catalogue(storefront) == before
    parted = (await _send(client, headers, content, leave_out_wrong=True)).json()

    assert [(told["state"], told["id"] is None) for told in (whole, looked, parted)] == [
        ("checked", True),
        ("checked", True),
        ("applied", False),
    ]
    wrong = [(row["line"], p["column"], p["code"]) for row in whole["rows"] for p in row["problems"]]
    assert wrong == [(3, "price", "decimal_parsing"), (4, "sku", "sku_repeated"), (5, "sku", "sku_repeated")]
    assert await _catalogue(storefront) == {**before, "NEW": ("New", "1.00", 0, True)}


async def test_the_same_file_again_changes_nothing(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    content = "sku,title,price,available_quantity\nNEW,New,1,5\n"
    await _send(client, headers, content)
    before = await _catalogue(storefront)

    again = (await _send(client, headers, content)).json()

    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 1)
    assert await _catalogue(storefront) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"sku,title,price\n", "no_rows"),
        (b"title\nA\n", "no_sku_column"),
        (b"\xff\xfes\x00k\x00u\x00", "encoding"),
        (b"PK\x03\x04", "not_csv"),
        (b'sku\n"A\n', "malformed"),
        (b"sku\n" + b"A\n" * (MOST_ROWS + 1), "too_many_rows"),
    ],
)
async def test_files_that_cannot_be_read_are_refused_with_a_reason(
    client: httpx.AsyncClient, headers: dict[str, str], content: bytes, reason: str
) -> None:
    answer = await _send(client, headers, content)

    assert (answer.status_code, code(answer), answer.json()["reason"]) == (422, "import_file_invalid", reason)


async def test_nul_bytes_quotes_and_line_breaks(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    answer = await _send(
        client,
        headers,
        'sku,title,description,price\nA,"5"" pot","two\nlines",1\nB,nul\x00,,1\n',
        leave_out_wrong=True,
    )

    assert [row["result"] for row in answer.json()["rows"]] == ["new", "wrong"]
    async with storefront.database.reading(storefront.vendor.id) as session:
        kept = (await session.scalars(select(Product).where(Product.sku == "A"))).one()
    assert (kept.title, kept.description) == ('5" pot', "two\nlines")


async def test_the_body_itself_may_be_the_file_and_too_large_ones_are_refused(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    plain = {**headers, "Content-Type": "text/csv"}

    taken = await client.post(PATH, content=b"sku,title,price\nRAW,Raw,1\n", headers=plain)
    large = await client.post(PATH, content=b"x" * (MOST_BYTES + 1), headers=plain)
    huge = await client.post(PATH, content=b"x" * (MOST_BYTES + 2_000_000), headers=plain)
    elsewhere = await client.post("/api/v1/vendor/products", content=b"x" * 2_000_000, headers=plain)
    stranger = await client.post(PATH, content=b"x" * 2_000_000)

    assert taken.json()["state"] == "applied"
    assert [answer.status_code for answer in (large, huge, elsewhere, stranger)] == [413, 413, 413, 401]


async def test_a_larger_file_is_kept_and_waits_for_the_engine(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str]
) -> None:
    content = "sku,title,price\n" + "".join(f"S-{n},{'x' * 90},1\n" for n in range(SMALL // 90))

    answer = await _send(client, headers, content)

    assert (answer.status_code, code(answer)) == (503, "engine_unavailable")
    (kept,) = (await client.get(LIST, headers=headers)).json()
    assert (kept["state"], kept["new"]) == ("uploaded", 0)
    refused = await client.post(f"{LIST}/{kept['id']}/decision", json={"decision": "apply"}, headers=headers)
    assert (refused.status_code, code(refused)) == (409, "import_not_ready")


async def test_viewers_send_no_files_and_others_imports_are_not_there(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    told = (await _send(client, headers, "sku,title,price\nA,A,1\n")).json()
    viewer = await create_vendor_user(database, storefront.vendor, role="viewer")
    stranger = await create_vendor_user(database, await create_vendor(database))

    refused = await _send(client, vendor_headers(storefront.settings, viewer), "sku,title,price\nB,B,1\n")
    assert (refused.status_code, code(refused)) == (403, "forbidden")
    theirs = vendor_headers(storefront.settings, stranger)
    for path in (f"{LIST}/{told['id']}", f"{LIST}/{told['id']}/report.csv"):
        assert (await client.get(path, headers=theirs)).status_code == 404
    decided = await client.post(f"{LIST}/{told['id']}/decision", json={"decision": "apply"}, headers=theirs)
    assert (decided.status_code, code(decided)) == (404, "import_not_found")


async def test_another_shops_product_with_the_same_sku_is_left_alone(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    theirs = await create_product(database, await create_vendor(database), sku="SHARED", title="Theirs")

    told = (await _send(client, headers, "sku,title,price\nSHARED,Ours,1\n")).json()

    assert told["new"] == 1
    async with database.platform() as session:
        assert (await session.get_one(Product, theirs.id)).title == "Theirs"


async def test_stock_is_set_while_orders_reserve_and_no_piece_is_lost(
    storefront: Storefront, user: VendorUser, database: Database
) -> None:
    products = [await create_product(database, storefront.vendor, available=30) for _ in range(4)]
    content = "sku,available_quantity\n" + "".join(
        f"{p.sku},{50 + n}\n" for n, p in enumerate(reversed(products))
    )
    import_id = await _staged(storefront, user, content)

    async def order(number: int) -> None:
        for product in products:
            async with database.vendor(storefront.vendor.id) as session:
                assert await hold_stock(session, product, 1, f"TEST-{number}-{product.id}")

    await asyncio.gather(*(order(n) for n in range(6)), _apply(storefront, import_id))

    catalogue = await _catalogue(storefront)
    for n, product in enumerate(reversed(products)):
        assert 50 + n - 6 <= catalogue[product.sku][2] <= 50 + n


async def test_counts_are_set_to_the_file_whatever_moved_since_it_was_checked(
    storefront: Storefront, user: VendorUser, database: Database
) -> None:
    import_id = await _staged(storefront, user, f"sku,available_quantity\n{storefront.mug.sku},10\n")
    async with database.vendor(storefront.vendor.id) as session:
        assert await hold_stock(session, storefront.mug, 3, "TEST-1")
        assert await product_imports.moved_since_checked(session, import_id=import_id) == 1

    await _apply(storefront, import_id)

    assert (await _catalogue(storefront))[storefront.mug.sku][2] == 10


async def test_an_import_is_applied_once_however_often_it_is_tried(
    storefront: Storefront, user: VendorUser, database: Database
) -> None:
    mug = storefront.mug.sku
    import_id = await _staged(
        storefront, user, f"sku,title,price,available_quantity\nN,New,1,5\n{mug},Cup,2,1\n"
    )

    await asyncio.gather(*(_apply(storefront, import_id) for _ in range(4)))

    catalogue = await _catalogue(storefront)
    assert (catalogue["N"], catalogue[mug]) == (("New", "1.00", 5, True), ("Cup", "2.00", 1, True))
    async with database.reading(storefront.vendor.id) as session:
        moved = select(func.count()).where(InventoryMovement.import_id == import_id)
        assert await session.scalar(moved) == 2


async def test_two_imports_at_once_both_count_or_say_that_the_other_came_first(
    storefront: Storefront, user: VendorUser, database: Database
) -> None:
    mug, pot = storefront.mug.sku, storefront.pot.sku
    first = await _staged(storefront, user, f"sku,title,price\n{mug},One,1\n{pot},One,1\nN,One,1\n")
    second = await _staged(storefront, user, f"sku,title,price\n{pot},Two,2\n{mug},Two,2\nN,Two,2\n")

    outcomes = await asyncio.gather(
        _apply(storefront, first), _apply(storefront, second), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes if outcome] == [CatalogueMoved]
    won = "Two" if outcomes[0] else "One"
    catalogue = await _catalogue(storefront)
    assert {catalogue[sku][0] for sku in (mug, pot, "N")} == {won}


@pytest.mark.parametrize("change", ["edited", "added"])
async def test_a_catalogue_that_moved_on_since_the_preview_stays_as_it_is(
    client: httpx.AsyncClient,
    storefront: Storefront,
    headers: dict[str, str],
    user: VendorUser,
    change: str,
) -> None:
    import_id = await _staged(storefront, user, f"sku,title,price\n{storefront.mug.sku},Cup,2\nN,New,1\n")
    body: dict[str, Any] = {"price": 30}
    if change == "edited":
        await client.put(f"/api/v1/vendor/products/{storefront.mug.id}", json=body, headers=headers)
    else:
        await client.post("/api/v1/vendor/products", json={**body, "sku": "N", "title": "N"}, headers=headers)
    before = await _catalogue(storefront)

    with pytest.raises(CatalogueMoved):
        await _apply(storefront, import_id)

    assert await _catalogue(storefront) == before


async def test_old_files_and_rows_are_deleted_and_the_import_stays_listed(
    client: httpx.AsyncClient, storefront: Storefront, headers: dict[str, str], database: Database
) -> None:
    old, new = [(await _send(client, headers, f"sku,title,price\n{n},A,1\n")).json()["id"] for n in "AB"]
    async with database.vendor(storefront.vendor.id) as session:
        kept = await product_imports.get_import(session, import_id=new)
        assert await product_imports.clean_imports(session, created_before=kept.created_at) == 1

    async with database.reading(storefront.vendor.id) as session:
        rows = await session.execute(select(ProductImportRow.import_id).distinct())
        cleaned = (await session.get_one(ProductImport, old)).cleaned_at
    assert (rows.scalars().all(), cleaned is None) == ([new], False)
    assert [entry["id"] for entry in (await client.get(LIST, headers=headers)).json()] == [new, old]
