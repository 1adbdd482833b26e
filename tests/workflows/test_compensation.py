"""Placing that fails at each step in turn keeps nothing, and its refusal is told again when asked again."""

from decimal import Decimal

import pytest
from sqlalchemy import update
from temporalio.client import Client

from db.session import Database
from db.tables import CartItem, CustomerAddress, Placement, Product, ShippingMethod
from domain.errors import (
    AddressNotFound,
    CartChanged,
    DomainError,
    InsufficientStock,
    PaymentRefused,
    ShippingMethodUnknown,
)
from settings import Settings
from tests.fixtures.sandboxes import SandboxProcess
from tests.fixtures.temporal import running_worker
from tests.workflows.faults import FailOnce, Moment
from tests.workflows.shop import Shop, open_shop
from workflows.messages import OrderInput


async def assert_nothing_kept(shop: Shop, given: OrderInput, refusal: DomainError) -> None:
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((10, 0), (5, 0))
    async with shop.database.reading(shop.vendor.id) as session:
        placement = await session.get_one(Placement, given.placement_id)
    assert placement.state == "refused"
    assert placement.refusal == {
        "code": refusal.code,
        "message": refusal.message,
        "fields": refusal.fields,
    }
    assert (await shop.cart_of(given)).version == 2
    with pytest.raises(type(refusal)) as again:
        await shop.place(given)
    assert again.value.message == refusal.message


async def test_stock_that_is_short_refuses_the_order(shop: Shop) -> None:
    given = await shop.claim([(shop.mug, 1), (shop.pot, 6)])
    with pytest.raises(InsufficientStock) as refused:
        await shop.place(given)
    assert await shop.orders() == []
    await assert_nothing_kept(shop, given, refused.value)


async def test_price_that_changed_refuses_the_order(shop: Shop) -> None:
    given = await shop.claim()
    async with shop.database.vendor(shop.vendor.id) as session:
        await session.execute(update(Product).where(Product.id == shop.mug.id).values(price=Decimal("21.00")))
    with pytest.raises(CartChanged) as refused:
        await shop.place(given)
    assert Decimal(str(refused.value.fields["current_total"])) > given.total_amount
    assert await shop.orders() == []
    await assert_nothing_kept(shop, given, refused.value)


async def test_address_that_vanished_refuses_the_order(shop: Shop) -> None:
    given = await shop.claim()
    async with shop.database.vendor(shop.vendor.id) as session:
        await session.delete(await session.get_one(CustomerAddress, shop.address.id))
    with pytest.raises(AddressNotFound) as refused:
        await shop.place(given)
    await assert_nothing_kept(shop, given, refused.value)


async def test_shipping_that_ended_for_the_country_refuses_the_order(shop: Shop) -> None:
    given = await shop.claim()
    async with shop.database.vendor(shop.vendor.id) as session:
        await session.execute(update(ShippingMethod).values(countries=["DE", "FR"]))
    with pytest.raises(ShippingMethodUnknown) as refused:
        await shop.place(given)
    assert refused.value.fields["country"] == "LU"
    assert await shop.orders() == []
    await assert_nothing_kept(shop, given, refused.value)


async def test_open_payment_refusal_cancels_the_order_and_refills_the_cart(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    async with shop.database.vendor(shop.vendor.id) as session:
        # Stripe takes no payment below 0.50 EUR.
        await session.execute(update(Product).where(Product.id == shop.mug.id).values(price=Decimal("0.10")))
        await session.execute(update(ShippingMethod).values(price=Decimal(0)))
    given = await shop.claim([(shop.mug, 1)])
    with pytest.raises(PaymentRefused) as refused:
        await shop.place(given)
    order = await shop.order(given)
    assert (order.status, order.payment_status, order.cancel_reason) == (
        "cancelled",
        "voided",
        "payment_failed",
    )
    async with shop.database.reading(shop.vendor.id) as session:
        cart = await shop.cart_of(given)
        items = (
            await session.scalars(CartItem.__table__.select().with_only_columns(CartItem.quantity))
        ).all()
    assert (cart.version, items) == (2, [1])
    await assert_nothing_kept(shop, given, refused.value)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", ["create_order", "open_payment"])
async def test_placing_survives_a_failure_of_any_step(
    step: str,
    moment: Moment,
    database: Database,
    settings: Settings,
    temporal_client: Client,
    stripe_sandbox: SandboxProcess,
) -> None:
    fault = FailOnce(step, moment)
    async with running_worker(settings, database, temporal_client, fault):
        shop = await open_shop(database, settings, temporal_client)
        given = await shop.claim()
        placed = await shop.place(given)
        order = await shop.order(given)
    assert fault.failed
    assert [order.id for order in await shop.orders()] == [placed.order_id]
    assert await shop.stock(shop.mug) == (8, 2)
    assert await shop.events(given) == [(1, "order.placed"), (2, "payment.opened")]
    assert (await stripe_sandbox.intent(str(order.payment_reference)))["status"] == "requires_payment_method"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("step", "refusing"),
    [("withdraw_placement", "stock"), ("withdraw_placement", "payment"), ("cancel_payment", "payment")],
)
async def test_undo_survives_a_failure_of_any_step(
    step: str,
    refusing: str,
    moment: Moment,
    database: Database,
    settings: Settings,
    temporal_client: Client,
    stripe_sandbox: SandboxProcess,
) -> None:
    fault = FailOnce(step, moment)
    async with running_worker(settings, database, temporal_client, fault):
        shop = await open_shop(database, settings, temporal_client)
        if refusing == "payment":
            async with database.vendor(shop.vendor.id) as session:
                cheap = update(Product).where(Product.id == shop.mug.id).values(price=Decimal("0.10"))
                await session.execute(cheap)
                await session.execute(update(ShippingMethod).values(price=Decimal(0)))
        given = await shop.claim([(shop.mug, 1 if refusing == "payment" else 11)])
        with pytest.raises(DomainError) as refused:
            await shop.place(given)
        assert fault.failed
        await assert_nothing_kept(shop, given, refused.value)
