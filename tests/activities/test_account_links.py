"""Sending the link for a password: to whom, once it may be used, and without a trace of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from temporalio.exceptions import ApplicationError

from activities.account_links import AccountLinkActivities
from activities.account_messages import SendAccountLink
from activities.emails.links import EmailLinks
from activities.gateways.mail import MailRejected, MailUnavailable
from db.session import Database
from db.tables import Customer, Email
from domain.links import Link, LinkPurpose, Links
from tests.activities.outbox import Outbox
from tests.builders import NO_PASSWORD, create_customer, create_vendor

SIGNED = Links("a secret of the tests")
ADDRESS = "jane.private@example.com"
ASKED_AT = datetime.now(UTC)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def sender(database: Database, outbox: Outbox) -> AccountLinkActivities:
    links = EmailLinks("https://shop.example", SIGNED)
    return AccountLinkActivities(database, outbox, mail_from="Orders@Orion.example", links=links)


async def _customer(database: Database, password_hash: str | None = NO_PASSWORD) -> Customer:
    return await create_customer(
        database,
        await create_vendor(database, name="Acme\n& Söhne"),
        email=ADDRESS,
        password_hash=password_hash,
    )


def _given(customer: Customer) -> SendAccountLink:
    return SendAccountLink(customer.vendor_id, customer.id, ASKED_AT)


def _link(text: str) -> Link:
    (token,) = re.findall(r"/account/set-password/(\S+)", text)
    return SIGNED.read(token, LinkPurpose.ACCOUNT, ASKED_AT)


async def test_account_gets_a_link_from_the_shop(
    database: Database, outbox: Outbox, sender: AccountLinkActivities
) -> None:
    customer = await _customer(database)
    await sender.send_account_link(_given(customer))

    (sent,) = outbox.sent
    assert (sent.to, sent.sender_name) == (ADDRESS, "Acme & Söhne")
    assert sent.subject == "Set a new password for your account at Acme & Söhne"
    assert re.fullmatch(
        rf"<account-link\.{customer.vendor_id}\.{customer.id}\.\d+@orion\.example>", sent.message_id
    )
    assert _link(sent.text).subject_id == customer.id
    async with database.platform() as session:
        assert await session.scalar(select(func.count()).select_from(Email)) == 0


async def test_guest_gets_one_for_an_account_and_the_account_it_became_its_own(
    database: Database, outbox: Outbox, sender: AccountLinkActivities
) -> None:
    guest = await _customer(database, password_hash=None)
    await sender.send_account_link(_given(guest))
    async with database.platform() as session:
        account = Customer(
            vendor_id=guest.vendor_id, email=ADDRESS, password_hash="x", first_name="J", last_name="D"
        )
        session.add(account)
        await session.flush()
        (await session.get_one(Customer, guest.id)).account_id = account.id
    await sender.send_account_link(_given(guest))

    first, second = outbox.sent
    assert (first.subject, _link(first.text).subject_id) == (
        "Create your account at Acme & Söhne",
        guest.id,
    )
    assert (second.subject, _link(second.text).subject_id) == (
        "Set a new password for your account at Acme & Söhne",
        account.id,
    )


async def test_repeat_has_the_same_message_id(
    database: Database, outbox: Outbox, sender: AccountLinkActivities
) -> None:
    given = _given(await _customer(database))
    outbox.crashes.append(MailUnavailable("It went away."))
    with pytest.raises(ApplicationError):
        await sender.send_account_link(given)
    await sender.send_account_link(given)
    await sender.send_account_link(replace(given, asked_at=ASKED_AT + timedelta(minutes=2)))

    first, repeat, later = (sent.message_id for sent in outbox.sent)
    assert first == repeat != later


async def test_link_that_is_over_is_not_sent(
    database: Database, outbox: Outbox, sender: AccountLinkActivities
) -> None:
    given = _given(await _customer(database))
    await sender.send_account_link(replace(given, asked_at=ASKED_AT - timedelta(hours=24)))
    assert outbox.sent == []


@pytest.mark.parametrize(
    ("error", "kind", "final"),
    [
        (MailRejected("Refused.", 550), "email_rejected", True),
        (MailUnavailable("Away.", 451), "mail_unavailable", False),
    ],
)
async def test_failure_says_nothing_about_the_person(
    database: Database,
    outbox: Outbox,
    sender: AccountLinkActivities,
    error: Exception,
    kind: str,
    final: bool,
) -> None:
    outbox.failures.append(error)
    with pytest.raises(ApplicationError) as failed:
        await sender.send_account_link(_given(await _customer(database)))
    assert (failed.value.type, failed.value.non_retryable) == (kind, final)
    assert "jane" not in repr(failed.value)


async def test_customer_of_another_vendor_is_not_found(
    database: Database, outbox: Outbox, sender: AccountLinkActivities
) -> None:
    given, other = _given(await _customer(database)), await create_vendor(database)
    with pytest.raises(ApplicationError) as failed:
        await sender.send_account_link(replace(given, vendor_id=other.id))
    assert (failed.value.type, failed.value.non_retryable) == ("customer_not_found", True)
    assert outbox.sent == []
