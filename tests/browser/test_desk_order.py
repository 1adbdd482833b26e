"""Somebody of the shop works on one order at the desk."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from db.queries.messages import NewMessage, add_message
from db.queries.notes import NewNote, add_note
from db.tables import Dispute, FindingRow, Order
from domain.lifecycle import ActorType
from tests.api.backoffice import create_order, vendor_headers
from tests.browser.conftest import Shop
from tests.browser.desk import work_at_desk
from tests.browser.inspection import PHONE, Inspector, send
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def _paid(shop: Shop, stripe: SandboxProcess) -> int:
    """An order of two mugs and a pot that is paid online and confirmed."""
    storefront = shop.storefront
    async with httpx.AsyncClient(base_url=shop.url, timeout=30) as client:
        answer = await storefront.order(client, await storefront.cart(), payment_method="stripe")
    assert answer.status_code == 201, answer.text
    placed: dict[str, Any] = answer.json()
    await stripe.confirm(placed["payment_reference"])

    async def status() -> str:
        async with storefront.database.vendor(storefront.vendor.id) as session:
            return (await session.get_one(Order, placed["id"])).status

    await eventually(status, lambda found: found == "confirmed")
    order_id: int = placed["id"]
    return order_id


async def test_order_is_shipped_by_keyboard_refunded_and_overtaken(
    page: Page, shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    shop.watch.tolerated.add(409)
    order_id = await _paid(shop, stripe_sandbox)
    user = await work_at_desk(page, shop, role="staff")
    await page.goto(f"/vendor/orders/{order_id}")
    dialog = page.locator("dialog[open]")

    # Shipped without a mouse, from the page's own link to the answer.
    await page.get_by_role("link", name="Mark as shipped").focus()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("Carrier")).to_be_focused()
    await page.keyboard.type("GLS")
    await page.keyboard.press("Tab")
    await page.keyboard.type("GLS-4711")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".badges")).to_contain_text("Shipped")
    await expect(page.locator("#order-shipping")).to_contain_text("GLS-4711")
    await expect(page.get_by_role("link", name="Mark as delivered")).to_be_focused()

    # The server says what a piece is worth, while it is typed; two clicks pay once.
    await page.get_by_role("link", name="Refund", exact=True).click()
    await dialog.get_by_label("Coffee mug").fill("1")
    await expect(dialog.locator("#preview")).to_contain_text("€23.29")
    await dialog.get_by_label("Put the pieces back into stock").check()
    await expect(dialog.locator("#preview")).to_contain_text("€23.29")
    await dialog.get_by_label("Reason").fill("Arrived broken")
    await expect(dialog.locator("input[name=expected]")).to_have_value("23.29")
    await dialog.get_by_role("button", name="Refund", exact=True).dblclick()
    await expect(dialog).to_have_count(0)
    refunds = page.locator("#order-refunds li")
    await expect(refunds).to_have_count(1)
    await expect(refunds.locator(".badge")).to_have_text("Sent")
    await expect(page.locator("#order-items")).to_contain_text("1 piece refunded")

    # Somebody else was quicker.
    await page.get_by_role("link", name="Mark as delivered").click()
    await dialog.get_by_label("Notes").fill("Handed over in person.")
    async with httpx.AsyncClient(base_url=shop.url, timeout=30) as client:
        moved = await client.put(
            f"/api/v1/vendor/orders/{order_id}/status",
            json={"status": "delivered"},
            headers=vendor_headers(shop.storefront.settings, user),
        )
    assert moved.status_code == 200
    await dialog.get_by_role("button", name="Mark as delivered").click()
    await expect(dialog.locator(".alert")).to_contain_text("This order has moved meanwhile.")
    await expect(dialog.locator(".alert")).to_be_focused()
    await dialog.get_by_role("link", name="Close").click()
    await expect(page.locator(".badges")).to_contain_text("Delivered")


async def test_what_is_typed_stays_while_the_order_lives_on(
    page: Page, shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    order_id = await _paid(shop, stripe_sandbox)
    storefront = shop.storefront
    await work_at_desk(page, shop, role="staff")
    await page.goto(f"/vendor/orders/{order_id}")
    note, message = page.get_by_label("New note"), page.get_by_label("Your message")
    await note.fill("Half a thought")

    asked = NewMessage(
        storefront.vendor.id, order_id, ActorType.CUSTOMER, storefront.customer.id, "When does it <come>?"
    )
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await add_message(session, asked)
    await expect(page.locator("#order-messages li")).to_have_count(1)
    await expect(page.locator("#order-messages")).to_contain_text("When does it <come>?")
    await expect(note).to_have_value("Half a thought")
    colleague = await create_vendor_user(storefront.database, storefront.vendor)
    theirs = NewNote(storefront.vendor.id, order_id, colleague.id, "Rings <twice>.")
    async with storefront.database.vendor(storefront.vendor.id) as session:
        await add_note(session, theirs)
    await expect(page.locator("#order-notes")).to_contain_text("Rings <twice>.")
    await expect(note).to_have_value("Half a thought")

    await note.fill("A whole thought")
    await page.get_by_role("button", name="Add note").dblclick()
    await expect(page.locator("#order-notes li")).to_have_count(2)
    await message.fill("On Monday.")
    await page.get_by_role("button", name="Send message").dblclick()
    await expect(page.locator("#order-messages li")).to_have_count(2)
    mails = await eventually(lambda: mailbox.messages(to=storefront.customer.email), _tells("On Monday."))
    assert sum("On Monday." in mail["text"] for mail in mails) == 1

    await page.get_by_role("link", name="Cancel order").click()
    dialog = page.locator("dialog[open]")
    await expect(dialog).to_contain_text("goes back to the customer the way they paid.")
    await dialog.get_by_label("Reason").select_option("out_of_stock")
    await dialog.get_by_role("button", name="Cancel order").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".badges")).to_contain_text("Cancelled")
    await expect(page.locator("#order-refunds .badge")).to_have_text("Sent")
    await expect(page.locator("#order-timeline")).to_contain_text("something in it was out of stock")


def _tells(words: str) -> Any:  # noqa: ANN401 -- a condition
    return lambda mails: any(words in mail["text"] for mail in mails)


async def test_every_state_is_for_everybody(
    page: Page, shop: Shop, inspector: Inspector, stripe_sandbox: SandboxProcess
) -> None:
    storefront = shop.storefront
    order_id = await _paid(shop, stripe_sandbox)
    await work_at_desk(page, shop)
    await inspector.open(f"/vendor/orders/{order_id}", "order")
    for below, name in (
        ("status", "choice"),
        ("status?to=cancelled", "cancelling"),
        ("refunds", "refunding"),
    ):
        await inspector.open(f"/vendor/orders/{order_id}/{below}", name)
    await page.get_by_label("All that is left").check()
    await page.get_by_label("Reason").fill("They did not like it.")
    await expect(page.locator("#preview")).to_contain_text("Goes back")
    await inspector.look("refund previewed")

    await page.goto(f"/vendor/orders/{order_id}")
    await page.get_by_role("link", name="Mark as shipped").click()
    await page.get_by_label("Tracking number").fill("x" * 64)
    await inspector.look("dialog")

    wrong = await create_order(storefront.database, storefront.customer, storefront.mug)
    now = wrong.created_at
    async with storefront.database.platform() as session:
        kept = {"vendor_id": wrong.vendor_id, "order_id": wrong.id}
        session.add(
            Dispute(
                **kept,
                provider_reference="dp_x",
                amount=wrong.total_amount,
                currency="EUR",
                reason="fraudulent",
                status="needs_response",
                evidence_due_by=now,
                opened_at=now,
            )
        )
        session.add(
            FindingRow(
                **kept,
                subject=wrong.order_number,
                code="workflow_missing",
                reason="no workflow runs",
                first_seen=now,
                last_seen=now,
            )
        )
    await inspector.open(f"/vendor/orders/{wrong.id}", "order that needs attention")
    await send(page, "Add note", **{"New note": " "})
    await inspector.look("note refused")
    await inspector.open(f"/vendor/orders/{wrong.id}/status?to=processing", "status form")
    await send(page, "Start preparing", Notes="x")
    await inspector.look("status refused")

    await page.set_viewport_size(PHONE)
    await page.emulate_media(media="print")
    await page.goto(f"/vendor/orders/{order_id}")
    for shown in ("#order-number", ".address", ".items .title"):
        await expect(page.locator(shown).first).to_be_visible()
    for hidden in (".actions", ".price", "#order-amounts", "#order-customer", "#messages", "#notes", "nav"):
        await expect(page.locator(hidden).first).to_be_hidden()
