"""Sending the e-mails of an order, each of them once."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter
from temporalio.exceptions import ApplicationError

from activities import sending
from activities.emails.facts import EmailKind
from activities.emails.links import EmailLinks
from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail
from activities.messages import SendEmail, SendEmails
from activities.sending import EmailActivities, message_id
from db.session import Database
from db.tables import Email, OrderItem
from domain.links import LinkPurpose, Links
from tests.activities.gateways.mail_contract import check_mail_gateway
from tests.activities.outbox import Outbox
from tests.activities.stored_orders import (
    OrderInShop,
    store_authorization,
    store_cancellation,
    store_dispute,
    store_message,
    store_order,
    store_refund,
)
from tests.waiting import eventually

SIGNED = Links("a secret of the tests")
ADDRESS = "jane.private@example.com"


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def emails(database: Database, outbox: Outbox) -> EmailActivities:
    links = EmailLinks("https://shop.example", SIGNED)
    return EmailActivities(database, outbox, mail_from="Orders@Orion.example", links=links)


def _given(stored: OrderInShop, kind: str = "order_confirmation", key: str | None = None) -> SendEmail:
    return SendEmail(stored.vendor.id, stored.order.id, stored.order.order_number, kind, key or kind)


async def _rows(database: Database, stored: OrderInShop) -> list[Email]:
    async with database.reading(stored.vendor.id) as session:
        return list((await session.scalars(select(Email).order_by(Email.id))).all())


async def _failure(emails: EmailActivities, given: SendEmail) -> ApplicationError:
    with pytest.raises(ApplicationError) as failure:
        await emails.send_email(given)
    return failure.value


def _in_history(error: BaseException) -> str:
    failure = Failure()
    DefaultFailureConverter().to_failure(error, DefaultPayloadConverter(), failure)
    return str(failure)


async def test_outbox_keeps_to_the_contract_of_the_real_gateway(outbox: Outbox) -> None:
    await check_mail_gateway(outbox, outbox.messages)


async def test_email_goes_from_the_shop_to_the_customer(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    await emails.send_email(_given(stored))
    (sent,) = outbox.sent
    assert (sent.to, sent.reply_to) == (ADDRESS, stored.vendor.contact_email)
    assert sent.sender_name == "Acme & Söhne"
    assert sent.subject == f"Order {stored.order.order_number} is confirmed"
    assert "EUR 52.46" in sent.text
    assert "1616 Luxembourg" in sent.text
    assert "+352" not in sent.text
    (page,) = re.findall(rf"https://shop.example/shop/{stored.vendor.id}/track/(\S+)", sent.text)
    link = SIGNED.read(page, LinkPurpose.TRACK, datetime.now(UTC))
    assert (link.vendor_id, link.subject_id) == (stored.vendor.id, stored.order.id)


async def test_email_to_the_vendor_is_answered_to_the_customer(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    await emails.send_email(_given(stored, "vendor_new_order"))
    (sent,) = outbox.sent
    assert (sent.to, sent.reply_to) == (stored.vendor.contact_email, ADDRESS)


async def test_sent_email_is_recorded(database: Database, outbox: Outbox, emails: EmailActivities) -> None:
    stored = await store_order(database)
    await emails.send_email(_given(stored))
    (row,) = await _rows(database, stored)
    (sent,) = outbox.sent
    assert (row.recipient, row.subject, row.message_id) == (sent.to, sent.subject, sent.message_id)
    assert (row.kind, row.email_key) == ("order_confirmation", "order_confirmation")
    assert row.sent_at is not None


async def test_second_call_sends_nothing(database: Database, outbox: Outbox, emails: EmailActivities) -> None:
    stored = await store_order(database)
    await emails.send_email(_given(stored))
    (before,) = await _rows(database, stored)
    await emails.send_email(_given(stored))
    (after,) = await _rows(database, stored)
    assert len(outbox.sent) == 1
    assert after.sent_at == before.sent_at


async def test_id_that_another_orders_email_was_given_is_not_noted(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    """As after PostgreSQL lost the newest rows in a crash, and their ids with them."""
    stored = await store_order(database)
    other = await store_order(database, vendor=stored.vendor)

    class Crash(Outbox):
        async def send(self, email: OutgoingEmail, *, begin_within: float | None = None) -> None:
            async with database.platform() as session:
                await session.execute(update(Email).values(order_id=other.order.id))
            await outbox.send(email)

    links = EmailLinks("https://shop.example", SIGNED)
    crashing = EmailActivities(database, Crash(), mail_from="Orders@Orion.example", links=links)
    await crashing.send_email(_given(stored))

    (row,) = await _rows(database, stored)
    assert (row.order_id, row.sent_at) == (other.order.id, None)


async def test_another_key_is_another_email(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, payment_status="failed", paid_amount=Decimal(0), status="pending")
    await emails.send_email(_given(stored, "payment_failed", "payment_failed-1"))
    await emails.send_email(_given(stored, "payment_failed", "payment_failed-2"))
    first, second = outbox.sent
    assert first.message_id != second.message_id
    assert "The card has expired." in first.text


async def test_crash_before_the_record_repeats_under_the_same_message_id(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    outbox.crashes = [RuntimeError("the worker dies here")]
    await _failure(emails, _given(stored))
    assert [row.sent_at for row in await _rows(database, stored)] == [None]
    await emails.send_email(_given(stored))
    first, second = outbox.sent
    assert first == second
    assert len(await _rows(database, stored)) == 1


async def test_message_id_is_made_of_order_and_key_and_is_safe() -> None:
    given = SendEmail(
        1, 2, "ACME-20261122-00042", "refund_issued", "refund_issued:ACME-20261122-00042:refund:1"
    )
    identity = message_id(given, "Orion.example")
    assert identity == "<acme-20261122-00042.refund_issued-acme-20261122-00042-refund-1@orion.example>"
    hostile = message_id(replace(given, email_key="a>\r\nBcc: <b@c"), "orion.example")
    assert hostile == "<acme-20261122-00042.a-bcc-b-c@orion.example>"


async def test_unavailable_server_is_tried_again_and_leaves_the_email_unsent(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.failures = [MailUnavailable("The mail server answered 451.", 451)]
    error = await _failure(emails, _given(stored))
    assert (error.type, error.non_retryable) == ("mail_unavailable", False)
    await emails.send_email(_given(stored))
    assert len(outbox.sent) == 1


async def test_rejected_recipient_is_final_and_not_named(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.failures = [MailRejected("The mail server refused the recipient (550).", 550)]
    error = await _failure(emails, _given(stored))
    assert (error.type, error.non_retryable) == ("email_rejected", True)
    assert list(error.details) == [{"reply_code": 550}]
    assert "private" not in _in_history(error)
    (row,) = await _rows(database, stored)
    assert (row.sent_at, row.failure) == (None, "The mail server refused the recipient (550).")


def _both(stored: OrderInShop) -> SendEmails:
    return SendEmails((_given(stored, "order_confirmation"), _given(stored, "vendor_new_order")))


async def test_several_are_sent_in_their_order_and_each_of_them_once(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.crashes = [RuntimeError("killed before it was noted")]
    with pytest.raises(ApplicationError):
        await emails.send_emails(_both(stored))
    outbox.failures = []
    await emails.send_emails(_both(stored))
    await emails.send_emails(_both(stored))
    assert [one.to for one in outbox.sent] == [ADDRESS, ADDRESS, stored.vendor.contact_email]
    first, repeated, _ = outbox.sent
    assert first.message_id == repeated.message_id
    assert [row.sent_at is not None for row in await _rows(database, stored)] == [True, True]


async def test_one_that_is_asked_for_twice_at_once_is_sent_once(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    await emails.send_emails(SendEmails((_given(stored), _given(stored))))
    assert [one.to for one in outbox.sent] == [ADDRESS]
    assert [row.sent_at is not None for row in await _rows(database, stored)] == [True]


async def test_one_that_waits_for_the_server_is_tried_again_alone(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    await emails.send_email(_given(stored, "order_confirmation"))
    outbox.failures = [MailUnavailable("The mail server answered 451.", 451)]
    with pytest.raises(ApplicationError) as failure:
        await emails.send_emails(_both(stored))
    assert (failure.value.type, failure.value.non_retryable) == ("mail_unavailable", False)
    await emails.send_emails(_both(stored))
    assert [one.to for one in outbox.sent] == [ADDRESS, stored.vendor.contact_email]


async def test_one_that_is_refused_for_good_holds_up_none(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.failures = [MailRejected("The mail server refused the recipient (550).", 550)]
    with pytest.raises(ApplicationError) as failure:
        await emails.send_emails(_both(stored))
    assert (failure.value.type, failure.value.non_retryable) == ("email_rejected", True)
    assert [one.to for one in outbox.sent] == [stored.vendor.contact_email]
    assert [row.sent_at is not None for row in await _rows(database, stored)] == [False, True]


async def test_few_are_sent_at_once(
    database: Database, outbox: Outbox, emails: EmailActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_AT_ONCE", 2)
    stored = [await store_order(database, email=ADDRESS) for _ in range(3)]
    outbox.slow = asyncio.Event()
    begun = [asyncio.create_task(emails.send_emails_at_once(_both(each))) for each in stored[:2]]
    await eventually(outbox.begun, lambda begun: begun == 2)
    assert await emails.send_emails_at_once(_both(stored[2])) is False
    outbox.slow.set()
    assert await asyncio.gather(*begun) == [True, True]
    assert await emails.send_emails_at_once(_both(stored[2])) is True
    assert len(outbox.sent) == 6


@pytest.mark.parametrize(("pause", "tried"), [(600.0, False), (0.0, True)], ids=["in the pause", "after it"])
async def test_slow_server_is_given_up_and_left_alone_for_a_while(
    database: Database,
    outbox: Outbox,
    emails: EmailActivities,
    monkeypatch: pytest.MonkeyPatch,
    pause: float,
    tried: bool,
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.slow = asyncio.Event()
    with monkeypatch.context() as hurried:
        hurried.setattr(sending, "_PATIENCE", 0.1)
        hurried.setattr(sending, "_PAUSE", pause)
        with pytest.raises(ApplicationError) as failure:
            await emails.send_emails_at_once(_both(stored))
    assert (failure.value.type, failure.value.non_retryable) == ("mail_unavailable", False)
    assert (await outbox.begun(), outbox.sent) == (1, [])

    outbox.slow.set()
    assert await emails.send_emails_at_once(_both(stored)) is tried
    assert len(outbox.sent) == 2 * tried


async def test_one_that_fails_leaves_its_place_to_others(
    database: Database, outbox: Outbox, emails: EmailActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_AT_ONCE", 1)
    stored = await store_order(database, email=ADDRESS)
    outbox.failures = [MailUnavailable("The mail server answered 451.", 451)]
    with pytest.raises(ApplicationError):
        await emails.send_emails_at_once(_both(stored))
    assert await emails.send_emails_at_once(_both(stored)) is True


async def test_unexpected_failure_tells_nothing_about_anybody(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, email=ADDRESS)
    outbox.failures = [RuntimeError(f"cannot write to {ADDRESS}")]
    told = _in_history(await _failure(emails, _given(stored)))
    assert "RuntimeError" in told
    assert "private" not in told


async def test_repeat_goes_to_the_address_the_customer_has_now(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    outbox.failures = [MailUnavailable("The mail server answered 451.", 451)]
    await _failure(emails, _given(stored))
    async with database.platform() as session:
        customer = await session.merge(stored.customer)
        customer.email = "new@example.com"
    await emails.send_email(_given(stored))
    assert [one.to for one in outbox.sent] == ["new@example.com"]
    assert [row.recipient for row in await _rows(database, stored)] == ["new@example.com"]


@pytest.mark.parametrize("payment_status", ["paid", "voided"])
async def test_request_to_pay_again_is_dropped_once_nobody_can(
    database: Database, outbox: Outbox, emails: EmailActivities, payment_status: str
) -> None:
    stored = await store_order(database, payment_status=payment_status)
    await emails.send_email(_given(stored, "payment_failed", "payment_failed-1"))
    assert outbox.sent == []
    assert await _rows(database, stored) == []


async def test_refund_mail_is_about_the_refund_its_key_names(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    await store_refund(database, stored.order, refund_key="refund:1", amount="10.00")
    await store_refund(database, stored.order, refund_key="refund:2", amount="5.00")
    await emails.send_email(_given(stored, "refund_issued", "refund_issued:refund:1"))
    assert "EUR 10.00 is going back to you" in outbox.sent[0].text


async def test_refund_mail_without_a_named_refund_is_about_the_newest_that_succeeded(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    await store_refund(database, stored.order, refund_key="refund:1", amount="10.00")
    await store_refund(database, stored.order, refund_key="refund:2", amount="5.00", status="failed")
    await emails.send_email(_given(stored, "refund_issued", "refund_issued-1"))
    assert "EUR 10.00 is going back to you" in outbox.sent[0].text


async def test_cancellation_mail_tells_what_that_cancellation_sends_back(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database, status="cancelled", cancel_reason="customer")
    await store_cancellation(database, stored.order, refund_amount="42.46")
    await emails.send_email(_given(stored, "order_cancelled"))
    assert "EUR 42.46 goes back to you" in outbox.sent[0].text


async def test_email_lists_the_items_in_their_order_with_exact_amounts(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    async with database.vendor(stored.vendor.id) as session:
        mug = (await session.scalars(select(OrderItem))).one()
        for position, price in ((3, "0.10"), (2, "1234567890.07")):
            session.add(
                OrderItem(
                    vendor_id=mug.vendor_id,
                    order_id=mug.order_id,
                    position=position,
                    product_id=mug.product_id,
                    product_sku=f"SKU-{position}",
                    product_title=f"Item\n{position}",
                    quantity=1,
                    unit_price=Decimal(price),
                    total_price=Decimal(price),
                    tax_rate=Decimal("3.00"),
                    tax_amount=Decimal("0.00"),
                )
            )
    await emails.send_email(_given(stored))
    text = outbox.sent[0].text
    places = [text.index(part) for part in (mug.product_title, "Item 2", "EUR 1,234,567,890.07", "Item 3")]
    assert places == sorted(places)
    assert "EUR 0.10" in text


async def test_order_of_another_vendor_is_not_found(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored, other = await store_order(database), await store_order(database)
    error = await _failure(emails, replace(_given(stored), vendor_id=other.vendor.id))
    assert (error.type, error.non_retryable) == ("order_not_found", True)
    assert outbox.sent == []


@pytest.mark.parametrize("kind", list(EmailKind))
async def test_every_kind_is_sent_from_a_stored_order(
    database: Database, outbox: Outbox, emails: EmailActivities, kind: EmailKind
) -> None:
    if kind == EmailKind.VENDOR_CAPTURE_DUE:
        stored = await store_order(database, payment_status="pending", paid_amount=Decimal(0))
        await store_authorization(database, stored.order)
    else:
        failed = kind == EmailKind.PAYMENT_FAILED
        stored = await store_order(database, payment_status="failed" if failed else "paid")
        await store_refund(database, stored.order, refund_key="refund:1", amount="10.00")
    await store_dispute(database, stored.order, reference="du_1")
    key = f"{kind}:du_1" if kind.about_dispute else None
    if kind.about_message:
        key = f"{kind}:{await store_message(database, stored.order)}"
    await emails.send_email(_given(stored, kind, key))
    assert stored.order.order_number in outbox.sent[0].subject


async def test_shop_is_not_asked_to_ship_what_is_captured_already(
    database: Database, outbox: Outbox, emails: EmailActivities
) -> None:
    stored = await store_order(database)
    await store_authorization(database, stored.order)
    await emails.send_email(_given(stored, "vendor_capture_due"))
    assert outbox.sent == []
