"""Messages are mailed to the other side, once, and found when nobody mails them."""

import json
from datetime import datetime

import pytest
from sqlalchemy import select

from api.engine import Engine
from db.queries.messages import NewMessage, add_message
from db.session import Database
from db.tables import Email, Order, OrderMessage
from domain.lifecycle import ActorType
from settings import Settings
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually
from tests.workflows.reconciling import NOTHING, found, placed, repaired
from tests.workflows.shop import Shop
from workflows.messages import OrderInput
from workflows.reconciliation_messages import RECONCILIATION_ID
from workflows.thread_messages import MESSAGE_WORKFLOW, MessageMail, message_mail, message_workflow_id

SAID = "Where are my\n\n<b>begonias</b>?"


async def write(shop: Shop, given: OrderInput, author: ActorType = ActorType.CUSTOMER) -> MessageMail:
    """A message as the API stores it, and what would have it mailed."""
    order: Order = await shop.order(given)
    author_id = shop.customer.id if author == ActorType.CUSTOMER else 1
    new = NewMessage(shop.vendor.id, order.id, author, author_id, SAID)
    async with shop.database.vendor(shop.vendor.id) as session:
        message_id, _ = await add_message(session, new)
    return message_mail(
        vendor_id=shop.vendor.id,
        order_id=order.id,
        order_number=order.order_number,
        message_id=message_id,
        author=author,
    )


async def notified_at(database: Database, mail: MessageMail) -> datetime | None:
    async with database.reading(mail.vendor_id) as session:
        return (await session.get_one(OrderMessage, mail.message_id)).notified_at


async def mailed(mailbox: MailboxProcess, mail: MessageMail) -> list[dict[str, str]]:
    wanted = f".{mail.kind}-{mail.message_id}@"
    return [each for each in await mailbox.messages() if wanted in each["message_id"]]


@pytest.mark.parametrize("author", [ActorType.CUSTOMER, ActorType.VENDOR])
async def test_message_is_mailed_to_the_other_side_once(
    shop: Shop, mailbox: MailboxProcess, settings: Settings, author: ActorType
) -> None:
    mail = await write(shop, await placed(shop, "manual"), author)
    engine = Engine(settings, client=shop.client)
    workflow_id = message_workflow_id(mail)
    for _ in range(2):
        await engine.start(MESSAGE_WORKFLOW, mail, workflow_id=workflow_id, once=True)
    shop.workflow_ids.append(workflow_id)

    handle = shop.client.get_workflow_handle(workflow_id)
    assert await handle.result() == "sent"
    assert await notified_at(shop.database, mail) is not None
    [received] = await mailed(mailbox, mail)
    to_vendor = author == ActorType.CUSTOMER
    assert received["to"] == (shop.vendor.contact_email if to_vendor else shop.customer.email)
    assert "<b>begonias</b>?" in received["text"]
    page = f"/vendor/orders/{mail.order_id}" if to_vendor else f"/shop/{shop.vendor.id}/track/"
    assert page in received["text"]
    async with shop.database.reading(shop.vendor.id) as session:
        email = await session.scalar(select(Email).where(Email.email_key == f"{mail.kind}:{mail.message_id}"))
    assert email is not None
    assert (email.kind, email.sent_at is not None) == (mail.kind, True)
    assert "begonia" not in json.dumps((await handle.fetch_history()).to_json_dict())


async def test_message_that_nobody_mails_is_found_and_mailed(shop: Shop, mailbox: MailboxProcess) -> None:
    mail = await write(shop, await placed(shop, "manual"))

    assert await found(shop) == repaired("message_not_notified")
    shop.workflow_ids.append(RECONCILIATION_ID)

    async def told() -> datetime | None:
        return await notified_at(shop.database, mail)

    await eventually(told, lambda at: at is not None)
    assert len(await mailed(mailbox, mail)) == 1
    assert await found(shop) == NOTHING
    assert len(await mailed(mailbox, mail)) == 1
