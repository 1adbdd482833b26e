"""Damage between orders and Stripe is found, mended where that is safe, and gone the next time."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from activities.messages import Actor
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.reconciling import (
    DEAF,
    NOTHING,
    attention,
    found,
    open_findings,
    paid,
    placed,
    reconcile,
    reference,
    repaired,
    run_sql,
)
from tests.workflows.shop import Shop
from workflows.messages import Cancellation, OrderInput, OrderMoved, OrderPolicy, after_sale_id

RECORDED = False


async def cancel(shop: Shop, given: OrderInput) -> None:
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    await shop.handle(given).execute_update("cancel", cancellation, result_type=OrderMoved)


async def stray(
    stripe: SandboxProcess, shop: Shop, number: str, *, card: str | None = None
) -> dict[str, Any]:
    """A PaymentIntent for an order number that is not the order's own."""
    form = {
        "amount": "5000",
        "currency": "eur",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "metadata[order_number]": number,
        "metadata[vendor_id]": str(shop.vendor.id),
    }
    intent: dict[str, Any] = (await stripe.post("/v1/payment_intents", form)).raise_for_status().json()
    if card is not None:
        (await stripe.confirm(intent["id"], card)).raise_for_status()
    return intent


async def refunds_of(stripe: SandboxProcess, intent: str) -> list[tuple[int, str]]:
    async with httpx.AsyncClient(base_url=stripe.url, auth=(stripe.secret_key, ""), verify=NO_TLS) as client:
        listed = (await client.get("/v1/refunds", params={"payment_intent": intent})).json()
    return [(refund["amount"], refund["status"]) for refund in listed["data"]]


@pytest.mark.parametrize(
    ("card", "then"),
    [("pm_card_visa", ("confirmed", "paid")), ("pm_card_chargeDeclined", ("pending", "failed"))],
)
async def test_lost_event_of_a_payment_reaches_its_order(
    shop: Shop, stripe_sandbox: SandboxProcess, card: str, then: tuple[str, str]
) -> None:
    given = await placed(shop, policy=DEAF)
    await stripe_sandbox.confirm(await reference(shop, given), card)
    assert await found(shop) == repaired("payment_unheard")
    await eventually(lambda: shop.order(given), lambda order: (order.status, order.payment_status) == then)
    assert await found(shop) == NOTHING


async def test_payment_canceled_at_stripe_reaches_its_order(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await placed(shop, policy=DEAF)
    await stripe_sandbox.post(f"/v1/payment_intents/{await reference(shop, given)}/cancel")
    assert await found(shop) == repaired("payment_unheard")
    await eventually(lambda: shop.order(given), lambda order: order.status == "cancelled")
    assert await found(shop) == NOTHING


async def test_lost_event_of_a_refund_that_the_bank_returned_reaches_its_order(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox, "pm_card_refundFail")
    await cancel(shop, given)
    await eventually(lambda: shop.refunds(given), lambda rows: [row[0] for row in rows] == ["succeeded"])
    await shop.handle(given).result()
    intent = await reference(shop, given)
    await eventually(
        lambda: refunds_of(stripe_sandbox, intent), lambda rows: [status for _, status in rows] == ["failed"]
    )
    assert await found(shop) == repaired("refund_unheard")
    await eventually(lambda: shop.refunds(given), lambda rows: [row[0] for row in rows] == ["failed"])
    # The refund has failed now, which an operator has to see to.
    assert await found(shop) == attention("cancelled_not_refunded")
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    await shop.client.get_workflow_handle(after_sale_id(given.order_number)).terminate()


async def test_payment_that_came_after_the_end_goes_back(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await shop.claim([(shop.mug, 1)], policy=OrderPolicy(payment_window=1, poll_first=0.3))
    await shop.place(given)
    await shop.handle(given).result()
    amount = (await shop.order(given)).total_amount
    intent = await stray(stripe_sandbox, shop, given.order_number)
    await stripe_sandbox.post(f"/v1/payment_intents/{intent['id']}", {"amount": str(int(amount * 100))})
    await stripe_sandbox.confirm(intent["id"])
    values = {"new": intent["id"], "number": given.order_number}
    await run_sql(
        shop.database, "UPDATE orders SET payment_reference = :new WHERE order_number = :number", **values
    )
    await run_sql(
        shop.database,
        "UPDATE payments SET provider_reference = :new FROM orders"
        " WHERE orders.id = order_id AND order_number = :number",
        **values,
    )
    assert await found(shop) == repaired("payment_unheard")
    await shop.client.get_workflow_handle(after_sale_id(given.order_number)).result()
    assert (await shop.order(given)).payment_status == "refunded"
    assert await found(shop) == NOTHING


async def test_refund_that_nobody_sees_through_is_taken_up_again(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    fault: dict[str, object] = {"method": "POST", "path": "/v1/refunds", "kind": "error_500"}
    await stripe_sandbox.faults("POST", "/_sandbox/faults", fault)
    await cancel(shop, given)
    await shop.handle(given).terminate()
    await stripe_sandbox.faults("DELETE", "/_sandbox/faults")
    assert [status for status, _ in await shop.refunds(given)] == ["pending"]
    mended = await found(shop)
    # The last attempt of the ended workflow may have reached Stripe, and nobody heard of it.
    assert mended.repaired["refund_stalled"] == 1
    assert mended.attention == {}
    await shop.client.get_workflow_handle(after_sale_id(given.order_number)).result()
    assert [status for status, _ in await shop.refunds(given)] == ["succeeded"]
    assert await found(shop) == NOTHING


async def test_unpaid_orphan_is_canceled(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await placed(shop)
    orphans = [
        await stray(stripe_sandbox, shop, given.order_number),
        await stray(stripe_sandbox, shop, f"{shop.vendor.order_number_prefix}-20261122-99999"),
    ]
    progress = await reconcile(shop)
    assert (progress.repaired, progress.attention) == ({"orphan_unpaid": 2}, {})
    assert [(await stripe_sandbox.intent(one["id"]))["status"] for one in orphans] == ["canceled"] * 2
    own = await stripe_sandbox.intent(await reference(shop, given))
    assert own["status"] == "requires_payment_method"
    assert await found(shop) == NOTHING


async def test_payment_of_another_deployment_is_left_alone(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    foreign = await stray(stripe_sandbox, shop, "THEIRS-20261122-00001")
    assert await found(shop) == NOTHING
    assert (await stripe_sandbox.intent(foreign["id"]))["status"] == "requires_payment_method"


async def test_paid_orphan_goes_back_once_when_its_order_is_paid_otherwise(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    orphan = await stray(stripe_sandbox, shop, given.order_number, card="pm_card_visa")
    assert await found(shop) == repaired("orphan_paid")
    assert await refunds_of(stripe_sandbox, orphan["id"]) == [(5000, "succeeded")]
    assert await found(shop) == NOTHING
    assert await refunds_of(stripe_sandbox, await reference(shop, given)) == []


async def test_paid_orphan_that_may_be_an_orders_needs_attention(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await placed(shop)
    orphan = await stray(stripe_sandbox, shop, given.order_number, card="pm_card_visa")
    assert await found(shop) == attention("orphan_paid")
    assert await refunds_of(stripe_sandbox, orphan["id"]) == []
    assert await open_findings(shop.database, shop.vendor.id) == {(orphan["id"], "orphan_paid")}


async def test_money_that_was_booked_otherwise_than_received_needs_attention(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    form = {"payment_intent": await reference(shop, given), "amount": "100"}
    (await stripe_sandbox.post("/v1/refunds", form)).raise_for_status()
    assert await found(shop) == attention("refund_unknown")
    await run_sql(
        shop.database,
        "UPDATE orders SET paid_amount = paid_amount - 1 WHERE order_number = :n",
        n=given.order_number,
    )
    assert await found(shop) == attention("refund_unknown", "payment_amount_differs")


async def test_two_orders_of_one_payment_need_attention(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    first, second = await paid(shop, stripe_sandbox), await paid(shop, stripe_sandbox)
    await run_sql(
        shop.database,
        "UPDATE orders SET payment_reference = :reference WHERE order_number = :n",
        reference=await reference(shop, first),
        n=second.order_number,
    )
    assert await found(shop) == attention("payment_reference_differs")


async def test_cancelled_order_that_was_not_refunded_to_the_cent_needs_attention(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    await cancel(shop, given)
    await shop.handle(given).result()
    for statement in (
        "UPDATE refunds SET amount = amount - 0.01",
        "UPDATE orders SET refunded_amount = refunded_amount - 0.01, payment_status = 'partially_refunded'",
    ):
        await run_sql(shop.database, statement)
    assert await found(shop) == attention("cancelled_not_refunded", "refund_amount_differs")


async def test_totals_are_derived_from_the_refunds_again(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await paid(shop, stripe_sandbox)
    await run_sql(
        shop.database,
        "UPDATE orders SET refunded_amount = 2, payment_status = 'refunded' WHERE order_number = :n",
        n=given.order_number,
    )
    assert await found(shop) == repaired("totals_not_derived")
    order = await shop.order(given)
    assert (order.refunded_amount, order.payment_status) == (Decimal(0), "paid")
    assert await found(shop) == NOTHING
