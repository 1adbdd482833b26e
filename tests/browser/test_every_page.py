"""Every page in each of its states is accessible, fits small windows and is light."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Update, update

from db.queries.messages import NewMessage, add_message
from db.tables import Inventory, Order, Payment, Product, Refund
from domain.accounts import account_token
from domain.lifecycle import ActorType
from domain.links import Link, LinkPurpose, Links
from tests.api.backoffice import create_order
from tests.browser.conftest import Shop
from tests.browser.inspection import Inspector, send
from tests.browser.shopping import add_mug, sign_in
from tests.builders import create_address, create_customer, create_product, create_vendor_user
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def store(shop: Shop, statement: Update) -> None:
    async with shop.storefront.database.platform() as session:
        await session.execute(statement)


def tracking_path(shop: Shop, order_id: int, *, lifetime: timedelta = timedelta(days=1)) -> str:
    link = Link(LinkPurpose.TRACK, shop.storefront.vendor.id, order_id, datetime.now(UTC) + lifetime)
    links = Links(shop.storefront.settings.link_secret.get_secret_value())
    return shop.path(f"/track/{links.sign(link)}")


async def place(visitor: BrowserContext, shop: Shop, method: str = "stripe") -> dict[str, Any]:
    """An order as the checkout places it."""
    storefront = shop.storefront
    cart = await storefront.cart([(storefront.mug, 1)])
    answer = await visitor.request.post(
        f"{storefront.path}/orders",
        data=storefront.order_request(cart, payment_method=method),
        headers=storefront.headers,
    )
    assert answer.status == 201, await answer.text()
    order: dict[str, Any] = await answer.json()
    return order


async def has_payment_status(shop: Shop, order_id: int, wanted: str) -> None:
    async def status() -> str:
        async with shop.storefront.database.platform() as session:
            return (await session.get_one(Order, order_id)).payment_status

    await eventually(status, lambda found: found == wanted)


async def test_inspection_finds_what_is_wrong(chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.set_content(
        "<style>@media (prefers-color-scheme: dark) { p { color: #111; background: #000; } }</style>"
        "<input><p>text</p><div style='width: 500px'>wide</div>"
    )
    inspector = Inspector(page)

    await inspector.look("bad")
    await page.close()

    said = "\n".join(inspector.problems)
    for words in ("0 main", "no title", "language ''", "light: label", "dark: color-contrast", "at 360 px"):
        assert words in said
    assert "640 px" not in said


async def test_pages_for_everybody(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront = shop.storefront
    gone = await create_product(storefront.database, storefront.vendor, title=f"Jug {'O' * 60}", available=0)
    few, mug = storefront.pot, storefront.mug
    look, open_ = inspector.look, inspector.open

    await open_("/", "shops")
    await open_(shop.path(), "front")
    await open_(shop.path("/products?search=zeppelin"), "search without result")
    await open_(shop.path("/products?search=mug"), "search")
    await open_(shop.path(f"/products/{mug.id}"), "product in stock")
    await open_(shop.path(f"/products/{few.id}"), "product of which few are left")
    await open_(shop.path(f"/products/{gone.id}"), "product that is sold out")
    await open_(shop.path("/cart"), "empty cart")
    await add_mug(page, shop, quantity=2)
    await look("product just added")
    await send(page, "Add to cart", Quantity="99")
    await look("product of which there are not so many")
    await open_(shop.path("/cart"), "cart")
    await open_(shop.path("/checkout"), "checkout, who")
    await send(page, "Continue as a guest", **{"E-mail address": "nobody"})
    await look("checkout, who, with problems")
    await store(shop, update(Inventory).where(Inventory.product_id == mug.id).values(available_quantity=1))
    await open_(shop.path("/cart"), "cart with too many of something")
    await store(shop, update(Product).where(Product.id == mug.id).values(is_active=False))
    await open_(shop.path("/cart"), "cart with something that is gone")
    await open_(shop.path(f"/products/{mug.id}"), "product that is not sold any more")
    await open_("/shop/999999", "shop that is not there", status=404)


async def test_pages_for_signing_in(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront = shop.storefront
    look, open_ = inspector.look, inspector.open
    guest = await create_customer(storefront.database, storefront.vendor, password_hash=None)
    token = account_token(
        Links(storefront.settings.link_secret.get_secret_value()),
        vendor_id=storefront.vendor.id,
        customer_id=guest.id,
        password_hash=None,
        asked_at=datetime.now(UTC),
    )

    await open_(shop.path("/login"), "sign-in")
    await send(page, "Sign in", **{"E-mail address": "nobody@mail.example", "Password": "not the one"})
    await look("sign-in refused")
    await open_(shop.path("/register"), "register")
    await send(page, "Create account", **{"E-mail address": "nobody", "Password": "short"})
    await look("register with problems")
    await open_(shop.path("/account/link"), "ask for a link")
    await send(page, "Send the link", **{"E-mail address": "nobody"})
    await look("ask for a link, with problems")
    await send(page, "Send the link", **{"E-mail address": "nobody@mail.example"})
    await look("link is sent")
    await open_(shop.path(f"/account/set-password/{token}"), "set a password")
    await send(page, "Set password and sign in", **{"New password": "short"})
    await look("set a password, with problems")
    await open_(shop.path("/account/set-password/rubbish"), "link that is not ours", status=404)
    await open_(tracking_path(shop, 1, lifetime=-timedelta(days=1)), "link that has expired", status=410)
    await page.goto(shop.path("/login"))
    await page.context.clear_cookies()
    await send(page, "Sign in", **{"E-mail address": "nobody@mail.example", "Password": "not the one"})
    await look("form that is not ours")


async def test_pages_of_the_checkout(
    visitor: BrowserContext, page: Page, shop: Shop, inspector: Inspector, stripe_sandbox: SandboxProcess
) -> None:
    look, open_ = inspector.look, inspector.open
    await sign_in(page, shop)
    await add_mug(page, shop)

    await open_(shop.path("/checkout"), "checkout, address")
    await page.get_by_label("Same as the shipping address").uncheck()
    await look("checkout, another billing address")
    await open_(shop.path("/checkout?new=shipping"), "checkout, new address")
    await send(page, "Use this address")
    await look("checkout, new address with problems")
    await page.goto(shop.path("/checkout"))
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_role("button", name="Place order")).to_be_enabled()
    await look("checkout, payment by card")
    await page.get_by_text("Bank transfer or pay on pickup").click()
    await page.get_by_text("Add a note for the shop").click()
    await look("checkout, payment by bank transfer")

    order = await place(visitor, shop)
    await stripe_sandbox.confirm(order["payment_reference"], "pm_card_chargeDeclined")
    await has_payment_status(shop, order["id"], "failed")
    await page.goto(shop.path(f"/account/orders/{order['id']}/pay"))
    await expect(page.get_by_role("button", name="Pay €")).to_be_enabled()
    await look("pay an order after a decline")
    await open_(shop.path("/cart"), "cart with an order that is not paid")
    await open_(tracking_path(shop, order["id"]), "tracking, not paid")
    await open_(shop.path(f"/account/orders/{order['id']}"), "order that is not paid")
    await open_(shop.path(f"/checkout/done/{order['id']}"), "confirmation before the payment")
    await stripe_sandbox.confirm(order["payment_reference"])
    await has_payment_status(shop, order["id"], "paid")
    await open_(shop.path(f"/checkout/done/{order['id']}"), "confirmation by card")
    by_hand = await place(visitor, shop, "manual")
    await open_(shop.path(f"/checkout/done/{by_hand['id']}"), "confirmation by bank transfer")
    await open_(shop.path(f"/account/orders/{by_hand['id']}"), "order by bank transfer")


async def refunded(shop: Shop) -> Order:
    """A cancelled order, of whose money some is back, some on its way and some did not go through."""
    storefront = shop.storefront
    order = await create_order(storefront.database, storefront.customer, storefront.mug, status="cancelled")
    belongs = {"vendor_id": order.vendor_id, "order_id": order.id, "currency": "EUR"}
    async with storefront.database.platform() as session:
        payment = Payment(**belongs, provider="stripe", amount=order.total_amount, status="succeeded")
        session.add(payment)
        await session.flush()
        for number, status in enumerate(("succeeded", "pending", "failed")):
            key = f"{order.order_number}-{number}"
            session.add(
                Refund(
                    **belongs,
                    payment_id=payment.id,
                    refund_key=key,
                    amount=number + 1,
                    reason="-",
                    status=status,
                )
            )
    return order


async def test_pages_of_orders(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront, open_ = shop.storefront, inspector.open
    await sign_in(page, shop)
    await open_(shop.path("/account/orders"), "no orders")
    for status in ("confirmed", "processing", "shipped", "delivered"):
        order = await create_order(storefront.database, storefront.customer, storefront.mug, status=status)
        if status in {"shipped", "delivered"}:
            parcel = {
                "carrier": "dhl",
                "tracking_number": "JD01234567890123456789",
                "shipped_at": order.created_at,
            }
            await store(shop, update(Order).where(Order.id == order.id).values(**parcel))
        await open_(shop.path(f"/account/orders/{order.id}"), f"order {status}")
        await open_(tracking_path(shop, order.id), f"tracking, {status}")
    cancelled = await refunded(shop)
    await open_(shop.path(f"/account/orders/{cancelled.id}"), "order cancelled with refunds")
    await store(shop, update(Order).where(Order.id == cancelled.id).values(cancel_reason="expired"))
    await open_(tracking_path(shop, cancelled.id), "tracking, not paid in time")

    order = await create_order(storefront.database, storefront.customer, storefront.mug)
    staff = await create_vendor_user(storefront.database, storefront.vendor)
    async with storefront.database.vendor(storefront.vendor.id) as session:
        for author, actor_id in ((ActorType.CUSTOMER, storefront.customer.id), (ActorType.VENDOR, staff.id)):
            words = f"{'A' * 60} is a long word."
            await add_message(session, NewMessage(storefront.vendor.id, order.id, author, actor_id, words))
    await page.goto(shop.path(f"/account/orders/{order.id}"))
    await page.get_by_text("Cancel this order").click()
    await inspector.look("order with messages, to be cancelled")
    await send(page, "Send message")
    await inspector.look("message that is empty")
    await store(shop, update(Order).where(Order.id == order.id).values(status="processing"))
    await page.goto(shop.path(f"/account/orders/{order.id}?cancelling=true"))
    await inspector.look("order that cannot be cancelled")
    for _ in range(21):
        await create_order(storefront.database, storefront.customer, storefront.mug)
    await open_(shop.path("/account/orders"), "many orders")
    await open_(shop.path("/account/orders/999999"), "order that is not there", status=404)


async def test_pages_of_addresses(page: Page, shop: Shop, inspector: Inspector) -> None:
    storefront, open_ = shop.storefront, inspector.open
    await sign_in(page, shop)
    await create_address(storefront.database, storefront.customer, city="W" * 60, is_default=True)
    await page.goto(shop.path("/account/addresses"))
    await page.locator("summary", has_text="Delete").first.click()
    await inspector.look("address book")
    await open_(shop.path("/account/addresses/new"), "new address")
    await send(page, "Save address")
    await inspector.look("new address with problems")
    await open_(shop.path(f"/account/addresses/{storefront.address.id}"), "address")
    for link in await page.get_by_role("link", name="Addresses").all():
        await expect(link).to_have_attribute("aria-current", "page")
    neighbour = await create_customer(storefront.database, storefront.vendor)
    await sign_in(page, shop, neighbour)
    await open_(shop.path("/account/addresses"), "empty address book")
