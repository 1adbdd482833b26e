"""The link for a password: mailed once for all who ask within its pause, and in no history."""

import asyncio
import re

from api.engine import Engine
from domain.links import LinkPurpose, Links
from tests.fixtures.sandboxes import MailboxProcess
from tests.waiting import eventually
from tests.workflows.shop import Shop
from workflows.account_messages import ACCOUNT_LINK_WORKFLOW, AccountLink, account_link_id


async def test_link_is_mailed_once_however_often_it_is_asked_for(shop: Shop, mailbox: MailboxProcess) -> None:
    engine = Engine(shop.settings, client=shop.client)
    given = AccountLink(shop.vendor.id, shop.customer.id, pause=3.0)
    shop.workflow_ids.append(account_link_id(given))
    handle = shop.client.get_workflow_handle(account_link_id(given))

    async def ask(given: AccountLink) -> None:
        await engine.start(ACCOUNT_LINK_WORKFLOW, given, workflow_id=account_link_id(given))

    await asyncio.gather(*(ask(given) for _ in range(5)))
    (mail,) = await eventually(mailbox.messages, lambda mails: len(mails) > 0)
    await ask(given)
    assert await handle.result() == "done"
    assert len(await mailbox.messages()) == 1
    (token,) = re.findall(r"/account/set-password/(\S+)", mail["text"])
    links = Links(shop.settings.link_secret.get_secret_value())
    history = "\n".join(
        event.SerializeToString().decode("utf-8", "replace")
        for event in (await handle.fetch_history()).events
    )

    assert (mail["to"], "Set a new password" in mail["subject"]) == (shop.customer.email, True)
    described = await handle.describe()
    assert links.read(token, LinkPurpose.ACCOUNT, described.start_time).subject_id == shop.customer.id
    assert "send_account_link" in history
    for private in (token, token.partition(".")[0], shop.customer.email, shop.customer.last_name):
        assert private not in history

    await ask(AccountLink(shop.vendor.id, shop.customer.id, pause=1.0))
    mails = await eventually(mailbox.messages, lambda mails: len(mails) > 1)
    assert await shop.client.get_workflow_handle(account_link_id(given)).result() == "done"
    assert len({one["message_id"] for one in mails}) == 2


async def test_link_for_nobody_is_refused_and_over(shop: Shop, mailbox: MailboxProcess) -> None:
    given = AccountLink(shop.vendor.id, shop.customer.id + 999_999, pause=0.0)
    shop.workflow_ids.append(account_link_id(given))

    engine = Engine(shop.settings, client=shop.client)
    await engine.start(ACCOUNT_LINK_WORKFLOW, given, workflow_id=account_link_id(given))

    handle = shop.client.get_workflow_handle(account_link_id(given))
    assert await handle.result() == "refused: customer_not_found"
    assert await mailbox.messages() == []
