"""The links for passwords of those who run shops and the platform: mailed once, and in no history."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from api.engine import Engine
from domain.links import LinkPurpose, Links
from tests.api.backoffice import create_admin
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually
from tests.workflows.shop import Shop
from workflows.account_messages import (
    ADMIN_LINK_WORKFLOW,
    STAFF_LINK_WORKFLOW,
    AdminLink,
    StaffLink,
    admin_link_id,
    staff_link_id,
)


@pytest.mark.parametrize("who", ["staff", "admin"])
async def test_link_is_mailed_once_however_often_it_is_asked_for(
    shop: Shop, mailbox: MailboxProcess, who: str
) -> None:
    engine = Engine(shop.settings, client=shop.client)
    email = f"private.{who}@acme.example"
    ask: Callable[[], Awaitable[None]]
    if who == "staff":
        user = await create_vendor_user(shop.database, shop.vendor, email=email)
        wanted = StaffLink(shop.vendor.id, user.id, pause=3.0)
        subject_id, workflow_id, purpose = user.id, staff_link_id(wanted), LinkPurpose.STAFF
        ask = partial(engine.start, STAFF_LINK_WORKFLOW, wanted, workflow_id=workflow_id)
    else:
        admin = await create_admin(shop.database, email=email)
        asked = AdminLink(admin.id, pause=3.0)
        subject_id, workflow_id, purpose = admin.id, admin_link_id(asked), LinkPurpose.ADMIN
        ask = partial(engine.start, ADMIN_LINK_WORKFLOW, asked, workflow_id=workflow_id)
    shop.workflow_ids.append(workflow_id)
    handle = shop.client.get_workflow_handle(workflow_id)

    await asyncio.gather(*(ask() for _ in range(5)))
    (mail,) = await eventually(mailbox.messages, lambda mails: len(mails) > 0)
    await ask()
    assert await handle.result() == "done"
    assert len(await mailbox.messages()) == 1
    (token,) = re.findall(r"/set-password/(\S+)", mail["text"])
    links = Links(shop.settings.link_secret.get_secret_value())
    history = "\n".join(
        event.SerializeToString().decode("utf-8", "replace")
        for event in (await handle.fetch_history()).events
    )

    assert mail["to"] == email
    described = await handle.describe()
    assert links.read(token, purpose, described.start_time).subject_id == subject_id
    assert f"send_{who}_link" in history
    for private in (token, token.partition(".")[0], email, "Olga"):
        assert private not in history


async def test_link_for_nobody_is_refused_and_over(shop: Shop, mailbox: MailboxProcess) -> None:
    engine = Engine(shop.settings, client=shop.client)
    staff, admin = StaffLink(shop.vendor.id, 999_999, pause=0.0), AdminLink(999_999, pause=0.0)
    shop.workflow_ids.extend([staff_link_id(staff), admin_link_id(admin)])

    await engine.start(STAFF_LINK_WORKFLOW, staff, workflow_id=staff_link_id(staff))
    await engine.start(ADMIN_LINK_WORKFLOW, admin, workflow_id=admin_link_id(admin))

    results = [
        await shop.client.get_workflow_handle(one).result()
        for one in (staff_link_id(staff), admin_link_id(admin))
    ]
    assert results == ["refused: vendor_user_not_found", "refused: admin_not_found"]
    assert await mailbox.messages() == []
