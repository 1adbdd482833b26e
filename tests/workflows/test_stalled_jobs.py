"""Bulk changes and files of products that nothing works on are found, and go on; each once."""

import pytest

from api.engine import Engine
from api.importing import decide, store_file
from api.uploads import SentFile
from db.queries import product_imports
from db.tables import ProductImport
from tests.builders import create_vendor_user
from tests.waiting import eventually
from tests.workflows.bulk import ids, kept, manual_orders, statuses, times
from tests.workflows.reconciling import NOTHING, found, open_findings, repaired, run_sql
from tests.workflows.shop import Shop
from workflows.bulk_messages import CANCEL_BULK, PAUSE_BULK, RESUME_BULK
from workflows.product_import_messages import ImportDecision, product_import_id
from workflows.reconciliation_messages import RECONCILIATION_ID

pytestmark = pytest.mark.timeout(120)


async def test_bulk_change_that_nobody_began_is_found_and_begun(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 2)
    stocked.workflow_ids[:] = [RECONCILIATION_ID]  # the others are recorded elsewhere
    job = await kept(stocked, await ids(stocked, orders), "confirmed")

    assert await found(stocked) == repaired("bulk_job_stalled")

    assert (await job.handle.result()).changed == 2
    assert await statuses(stocked, orders) == ["confirmed", "confirmed"]
    assert await found(stocked) == NOTHING
    assert await open_findings(stocked.database, stocked.vendor.id) == set()
    assert await times(stocked, orders, "order.confirmed") == [1, 1]


async def test_bulk_change_at_rest_is_left_alone_and_outlives_its_workflow(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 1)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "cancelled")
    await run_sql(stocked.database, "UPDATE bulk_jobs SET state = 'paused'")
    await job.start()

    assert await found(stocked) == NOTHING
    await job.handle.terminate()
    assert await found(stocked) == repaired("bulk_job_stalled")

    await job.handle.execute_update(PAUSE_BULK)
    assert await statuses(stocked, orders) == ["pending"]
    await job.handle.execute_update(RESUME_BULK)
    assert (await job.handle.result()).changed == 1


async def test_bulk_change_that_does_not_stay_begun_needs_attention(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 1)
    stocked.workflow_ids.clear()
    job = await kept(stocked, await ids(stocked, orders), "confirmed")
    await run_sql(stocked.database, "UPDATE bulk_jobs SET state = 'paused'")
    assert await found(stocked) == repaired("bulk_job_stalled")
    await job.handle.terminate()

    assert (await found(stocked)).attention == {"bulk_job_stalled": 1}

    await job.handle.execute_update(CANCEL_BULK)
    await job.handle.result()
    assert await found(stocked) == NOTHING


async def test_bulk_change_of_long_ago_stays_as_it_is(stocked: Shop) -> None:
    orders = await manual_orders(stocked, 1)
    stocked.workflow_ids.clear()
    await kept(stocked, await ids(stocked, orders), "confirmed")
    await run_sql(stocked.database, "UPDATE bulk_jobs SET created_at = now() - interval '8 days'")

    assert await found(stocked) == NOTHING


async def test_file_of_products_that_nobody_checks_is_found_and_goes_its_way(shop: Shop) -> None:
    user = await create_vendor_user(shop.database, shop.vendor)
    sent = SentFile("products.csv", b"sku,title,price\nN,New,1\n", {})
    kept_file = await store_file(shop.database, vendor_id=shop.vendor.id, user_id=user.id, sent=sent)

    async def look() -> ProductImport:
        async with shop.database.reading(shop.vendor.id) as session:
            return await product_imports.get_import(session, import_id=kept_file.id)

    assert await found(shop) == repaired("import_stalled")
    await eventually(look, lambda entry: entry.state == "checked")
    assert await found(shop) == NOTHING

    # It waits for somebody to decide, and loses its workflow.
    await shop.client.get_workflow_handle(product_import_id(kept_file.id)).terminate()
    assert (await found(shop)).attention == {"import_stalled": 1}
    engine = Engine(shop.settings, client=shop.client)
    await decide(
        shop.database,
        engine,
        vendor_id=shop.vendor.id,
        import_id=kept_file.id,
        decision=ImportDecision("apply", user.id),
    )
    await eventually(look, lambda entry: entry.state == "applied")
