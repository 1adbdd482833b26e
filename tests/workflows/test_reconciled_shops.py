"""What a reconciliation leaves alone: what has just changed, and other vendors' rows."""

from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.reconciling import (
    attention,
    found,
    needs_attention,
    open_findings,
    paid,
    reconcile,
    run_sql,
)
from tests.workflows.shop import Shop, open_shop

RECORDED = False


async def test_what_has_just_changed_is_left_for_the_next_time(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    await shop.handle(given).terminate()
    progress = await reconcile(shop, min_age=600.0)
    assert progress.compared == {"orphans": 0, "records": 0, "stock": 2, "stuck": 0, "workflows": 0}
    assert progress.attention == {}
    assert await found(shop) == attention("workflow_missing")


async def test_nothing_crosses_between_vendors(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    other = await open_shop(shop.database, shop.settings, shop.client)
    mine, theirs = await paid(shop, stripe_sandbox), await paid(other, stripe_sandbox)
    await run_sql(
        shop.database, "UPDATE orders SET paid_amount = 1 WHERE order_number = :n", n=theirs.order_number
    )
    await run_sql(
        shop.database, "UPDATE inventory SET available_quantity = 77 WHERE product_id = :id", id=other.mug.id
    )
    assert await found(shop) == attention("payment_amount_differs", "stock_differs")
    assert await open_findings(shop.database, shop.vendor.id) == set()
    assert await open_findings(shop.database, other.vendor.id) == {
        (theirs.order_number, "payment_amount_differs"),
        (f"product {other.mug.id}", "stock_differs"),
    }
    await eventually(lambda: needs_attention(other, theirs), bool)
    assert await needs_attention(shop, mine) is False
