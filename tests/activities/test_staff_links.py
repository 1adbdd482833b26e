"""Sending links for passwords to those who run shops and the platform: to whom, and without a trace."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.account_messages import SendAdminLink, SendStaffLink
from activities.admin_links import AdminLinkActivities
from activities.emails.links import EmailLinks
from activities.gateways.mail import MailRejected, MailUnavailable
from activities.staff_links import StaffLinkActivities
from db.session import Database
from db.tables import Vendor, VendorUser
from domain import admins
from domain.links import LinkPurpose, Links
from domain.staff import INVITATION_LIFETIME, PASSWORD_LIFETIME
from tests.activities.outbox import Outbox
from tests.api.backoffice import create_admin
from tests.builders import NO_PASSWORD, create_vendor, create_vendor_user

SIGNED = Links("a secret of the tests")
EMAIL_LINKS = EmailLinks("https://shop.example", SIGNED)
MAIL_FROM = "Orders@Orion.example"
ASKED_AT = datetime.now(UTC)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def staff(database: Database, outbox: Outbox) -> StaffLinkActivities:
    return StaffLinkActivities(database, outbox, mail_from=MAIL_FROM, links=EMAIL_LINKS)


@pytest.fixture
def platform(database: Database, outbox: Outbox) -> AdminLinkActivities:
    return AdminLinkActivities(database, outbox, mail_from=MAIL_FROM, links=EMAIL_LINKS)


async def _person(
    database: Database, password_hash: str | None = NO_PASSWORD, *, is_active: bool = True
) -> VendorUser:
    vendor = await create_vendor(database, name="Acme\n& Söhne")
    user = await create_vendor_user(database, vendor, email="nina@acme.example", is_active=is_active)
    async with database.platform() as session:
        (await session.get_one(VendorUser, user.id)).password_hash = password_hash
    return user


def _given(user: VendorUser) -> SendStaffLink:
    return SendStaffLink(user.vendor_id, user.id, ASKED_AT)


async def test_whoever_works_for_a_shop_gets_the_link_from_it(
    database: Database, outbox: Outbox, staff: StaffLinkActivities
) -> None:
    user = await _person(database)
    await staff.send_staff_link(_given(user))

    (sent,) = outbox.sent
    async with database.platform() as session:
        contact = (await session.get_one(Vendor, user.vendor_id)).contact_email
    (token,) = re.findall(r"/vendor/set-password/(\S+)", sent.text)
    assert (sent.to, sent.sender_name, sent.reply_to) == (
        "nina@acme.example",
        "Acme & Söhne",
        contact,
    )
    assert sent.subject == "Set a new password for working at Acme & Söhne"
    assert re.fullmatch(rf"<staff-link\.{user.vendor_id}\.{user.id}\.\d+@orion\.example>", sent.message_id)
    assert SIGNED.read(token, LinkPurpose.STAFF, ASKED_AT).subject_id == user.id


async def test_whoever_has_no_password_yet_is_invited(
    database: Database, outbox: Outbox, staff: StaffLinkActivities
) -> None:
    await staff.send_staff_link(_given(await _person(database, password_hash=None)))
    assert [sent.subject for sent in outbox.sent] == ["You are invited to work at Acme & Söhne"]


async def test_an_admin_gets_the_link_from_the_platform(
    database: Database, outbox: Outbox, platform: AdminLinkActivities
) -> None:
    admin = await create_admin(database, email="ada@orion.example")
    await platform.send_admin_link(SendAdminLink(admin.id, ASKED_AT))

    (sent,) = outbox.sent
    (token,) = re.findall(r"/admin/set-password/(\S+)", sent.text)
    assert (sent.to, sent.sender_name, sent.reply_to) == ("ada@orion.example", "Orion", None)
    assert re.fullmatch(rf"<admin-link\.{admin.id}\.\d+@orion\.example>", sent.message_id)
    assert SIGNED.read(token, LinkPurpose.ADMIN, ASKED_AT).subject_id == admin.id


async def test_repeat_has_the_same_message_id(
    database: Database, outbox: Outbox, staff: StaffLinkActivities, platform: AdminLinkActivities
) -> None:
    given = _given(await _person(database))
    asked = SendAdminLink((await create_admin(database)).id, ASKED_AT)
    later = ASKED_AT + timedelta(minutes=2)
    outbox.crashes.append(MailUnavailable("It went away."))
    with pytest.raises(ApplicationError):
        await staff.send_staff_link(given)
    await staff.send_staff_link(given)
    await staff.send_staff_link(replace(given, asked_at=later))
    for one in (asked, asked, replace(asked, asked_at=later)):
        await platform.send_admin_link(one)

    ids = [sent.message_id for sent in outbox.sent]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] == ids[4] != ids[5]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("password_hash", "lifetime"), [(None, INVITATION_LIFETIME), (NO_PASSWORD, PASSWORD_LIFETIME)]
)
async def test_link_that_is_over_is_not_sent(
    database: Database,
    outbox: Outbox,
    staff: StaffLinkActivities,
    password_hash: str | None,
    lifetime: timedelta,
) -> None:
    given = _given(await _person(database, password_hash))
    await staff.send_staff_link(replace(given, asked_at=datetime.now(UTC) - lifetime))
    assert outbox.sent == []

    await staff.send_staff_link(replace(given, asked_at=datetime.now(UTC) - lifetime + timedelta(minutes=5)))
    assert len(outbox.sent) == 1


async def test_admins_link_that_is_over_is_not_sent(
    database: Database, outbox: Outbox, platform: AdminLinkActivities
) -> None:
    admin = await create_admin(database)
    await platform.send_admin_link(SendAdminLink(admin.id, datetime.now(UTC) - admins.LINK_LIFETIME))
    assert outbox.sent == []


@pytest.mark.parametrize(
    ("error", "kind", "final"),
    [
        (MailRejected("Refused.", 550), "email_rejected", True),
        (MailUnavailable("Away.", 451), "mail_unavailable", False),
    ],
)
@pytest.mark.parametrize("who", ["staff", "admin"])
async def test_failure_says_nothing_about_the_person(
    database: Database,
    outbox: Outbox,
    staff: StaffLinkActivities,
    platform: AdminLinkActivities,
    who: str,
    error: Exception,
    kind: str,
    final: bool,
) -> None:
    user, admin = await _person(database), await create_admin(database, email="nina@orion.example")
    sends: dict[str, Callable[[], Awaitable[None]]] = {
        "staff": lambda: staff.send_staff_link(_given(user)),
        "admin": lambda: platform.send_admin_link(SendAdminLink(admin.id, ASKED_AT)),
    }
    outbox.failures.append(error)
    with pytest.raises(ApplicationError) as failed:
        await sends[who]()
    assert (failed.value.type, failed.value.non_retryable) == (kind, final)
    assert "nina" not in repr(failed.value)


async def test_who_left_and_whom_another_vendor_names_get_nothing(
    database: Database, outbox: Outbox, staff: StaffLinkActivities, platform: AdminLinkActivities
) -> None:
    left = _given(await _person(database, is_active=False))
    other = await create_vendor(database)
    with pytest.raises(ApplicationError) as gone:
        await staff.send_staff_link(left)
    async with database.platform() as session:
        (await session.get_one(VendorUser, left.user_id)).is_active = True
    with pytest.raises(ApplicationError) as foreign:
        await staff.send_staff_link(replace(left, vendor_id=other.id))
    with pytest.raises(ApplicationError) as nobody:
        await platform.send_admin_link(SendAdminLink(10**9, ASKED_AT))

    failures = [(one.value.type, one.value.non_retryable) for one in (gone, foreign, nobody)]
    assert failures == [("vendor_user_not_found", True)] * 2 + [("admin_not_found", True)]
    assert outbox.sent == []
