"""Authorised orders beside Stripe: healthy ones are none of its business, news that were lost arrive."""

from dataclasses import replace

import pytest

from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.payments import control
from tests.workflows.reconciling import NOTHING, found, placed, reference, repaired, run_sql
from tests.workflows.shop import QUICK, Shop
from workflows.messages import OrderInput

RECORDED = False
LATER = replace(QUICK, capture_method="on_shipment")


async def authorized(shop: Shop, stripe: SandboxProcess) -> OrderInput:
    given = await placed(shop, policy=LATER)
    (await stripe.confirm(await reference(shop, given))).raise_for_status()
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given


async def test_authorised_order_is_healthy_until_it_is_captured_and_after(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await authorized(shop, stripe_sandbox)
    assert await found(shop) == NOTHING
    await shop.change(given, "processing")
    assert await found(shop) == NOTHING
    await shop.change(given, "shipped")
    assert await found(shop) == NOTHING


@pytest.mark.parametrize(
    ("act", "then"), [("expire", ("cancelled", "voided")), ("capture", ("confirmed", "paid"))]
)
async def test_lost_news_of_an_authorisation_reach_its_order(
    shop: Shop, stripe_sandbox: SandboxProcess, act: str, then: tuple[str, str]
) -> None:
    given = await authorized(shop, stripe_sandbox)
    payment = f"payment_intents/{await reference(shop, given)}"
    if act == "expire":
        await control(stripe_sandbox, f"{payment}/expire")
    else:
        (await stripe_sandbox.post(f"/v1/{payment}/capture")).raise_for_status()
    assert await found(shop) == repaired("payment_unheard")
    await eventually(lambda: shop.order(given), lambda order: (order.status, order.payment_status) == then)
    assert await found(shop) == NOTHING


async def test_amount_held_for_a_cancelled_order_is_let_go(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await authorized(shop, stripe_sandbox)
    await shop.handle(given).terminate()
    damage = (
        "UPDATE orders SET status = 'cancelled', cancel_reason = 'other', payment_status = 'voided'"
        " WHERE order_number = :number"
    )
    await run_sql(shop.database, damage, number=given.order_number)
    assert (await found(shop)).repaired["authorization_left"] == 1
    assert (await stripe_sandbox.intent(await reference(shop, given)))["status"] == "canceled"
