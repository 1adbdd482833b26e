"""An import of products through its workflow: checked, decided on, applied once, and forgotten."""

import pytest
from sqlalchemy import func, select
from temporalio.worker import Interceptor

from api.engine import Engine
from api.importing import decide, store_file
from api.uploads import SentFile
from db.queries import product_imports
from db.tables import InventoryMovement, Product, ProductImport, ProductImportRow
from domain.errors import ImportHasWrongRows, ImportNotReady
from tests.builders import create_vendor_user
from tests.waiting import eventually
from tests.workflows.faults import FailOnce
from tests.workflows.shop import Shop
from workflows.product_import_messages import (
    PRODUCT_IMPORT_WORKFLOW,
    ImportDecision,
    ProductImportInput,
    product_import_id,
)


async def _send(shop: Shop, content: str, preview_window: float = 600.0) -> tuple[int, int]:
    """A stored file whose workflow runs, and who sent it."""
    user = await create_vendor_user(shop.database, shop.vendor)
    sent = SentFile("products.csv", content.encode(), {})
    entry = await store_file(shop.database, vendor_id=shop.vendor.id, user_id=user.id, sent=sent)
    given = ProductImportInput(shop.vendor.id, entry.id, preview_window, keep=0.0)
    shop.workflow_ids.append(product_import_id(entry.id))
    engine = Engine(shop.settings, client=shop.client)
    await engine.start(PRODUCT_IMPORT_WORKFLOW, given, workflow_id=product_import_id(entry.id))
    return entry.id, user.id


async def _reaches(shop: Shop, import_id: int, state: str) -> ProductImport:
    async def look() -> ProductImport:
        async with shop.database.reading(shop.vendor.id) as session:
            return await product_imports.get_import(session, import_id=import_id)

    return await eventually(look, lambda entry: entry.state == state)


async def _decide(shop: Shop, import_id: int, decision: ImportDecision) -> None:
    engine = Engine(shop.settings, client=shop.client)
    await decide(shop.database, engine, vendor_id=shop.vendor.id, import_id=import_id, decision=decision)


async def _products(shop: Shop, sku: str) -> list[tuple[str, int]]:
    """Products with the SKU, and how often an import moved their stock."""
    moves = select(func.count()).where(
        InventoryMovement.product_id == Product.id, InventoryMovement.import_id.is_not(None)
    )
    statement = select(Product.title, moves.correlate(Product).scalar_subquery()).where(Product.sku == sku)
    async with shop.database.reading(shop.vendor.id) as session:
        return [(title, moved) for title, moved in await session.execute(statement)]


class TestSteadily:
    """Whatever step dies before or after its effect, the file counts once."""

    @pytest.fixture(params=["check_product_import", "apply_product_import"])
    def fault(self, request: pytest.FixtureRequest) -> FailOnce:
        return FailOnce(request.param, "after")

    @pytest.fixture
    def interceptors(self, fault: FailOnce) -> list[Interceptor]:
        return [fault]

    async def test_file_of_products_is_imported_once(self, shop: Shop, fault: FailOnce) -> None:
        import_id, user_id = await _send(shop, f"sku,title,price\nN,New,1\n{shop.mug.sku},Cup,2\n")
        checked = await _reaches(shop, import_id, "checked")

        for _ in range(2):
            try:
                await _decide(shop, import_id, ImportDecision("apply", user_id))
            except ImportNotReady:
                continue

        assert (checked.new_count, checked.changed_count) == (1, 1)
        applied = await _reaches(shop, import_id, "applied")
        assert applied.decided_by == user_id
        assert await shop.client.get_workflow_handle(product_import_id(import_id)).result() == "applied"
        assert fault.failed
        assert await _products(shop, "N") == [("New", 1)]
        assert await _products(shop, shop.mug.sku) == [("Cup", 0)]


async def test_import_with_wrong_rows_waits_until_they_are_left_out(shop: Shop) -> None:
    import_id, user_id = await _send(shop, "sku,title,price\nN,New,1\nM,,x\n")
    await _reaches(shop, import_id, "checked")

    with pytest.raises(ImportHasWrongRows):
        await _decide(shop, import_id, ImportDecision("apply", user_id))
    await _decide(shop, import_id, ImportDecision("apply", user_id, leave_out_wrong=True))

    assert await shop.client.get_workflow_handle(product_import_id(import_id)).result() == "applied"
    assert await _products(shop, "N") == [("New", 1)]


async def test_outdated_import_is_checked_again_and_then_applied(shop: Shop) -> None:
    import_id, user_id = await _send(shop, f"sku,title\n{shop.mug.sku},Cup\n")
    await _reaches(shop, import_id, "checked")
    async with shop.database.vendor(shop.vendor.id) as session:
        (await session.get_one(Product, shop.mug.id)).title = "Beaker"

    await _decide(shop, import_id, ImportDecision("apply", user_id))
    await _reaches(shop, import_id, "outdated")
    assert await _products(shop, shop.mug.sku) == [("Beaker", 0)]
    await _decide(shop, import_id, ImportDecision("check", user_id))
    again = await _reaches(shop, import_id, "checked")
    await _decide(shop, import_id, ImportDecision("apply", user_id))

    assert again.checks == 2
    assert await shop.client.get_workflow_handle(product_import_id(import_id)).result() == "applied"
    assert await _products(shop, shop.mug.sku) == [("Cup", 0)]


async def test_unreadable_and_undecided_files_are_over_and_cleaned(shop: Shop) -> None:
    refused, _ = await _send(shop, "title\nNo SKU\n")
    undecided, _ = await _send(shop, "sku,title,price\nN,New,1\n", preview_window=1.0)
    discarded, user_id = await _send(shop, "sku,title,price\nN,New,1\n")
    await _reaches(shop, discarded, "checked")
    await _decide(shop, discarded, ImportDecision("discard", user_id))

    outcomes = [
        await shop.client.get_workflow_handle(product_import_id(each)).result()
        for each in (refused, undecided, discarded)
    ]

    assert outcomes == ["refused", "discarded", "discarded"]
    assert await _products(shop, "N") == []
    async with shop.database.reading(shop.vendor.id) as session:
        assert (await session.scalars(select(ProductImportRow.import_id))).all() == []
        entries = (await session.scalars(select(ProductImport).order_by(ProductImport.id))).all()
    assert [(entry.state, entry.cleaned_at is None) for entry in entries] == [
        ("refused", False),
        ("discarded", False),
        ("discarded", False),
    ]
    assert entries[0].problem == {
        "message": "The first row names the columns, and one of them has to be sku.",
        "reason": "no_sku_column",
        "line": 1,
    }
