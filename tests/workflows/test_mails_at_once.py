"""E-mails that nobody waits for are tried within the workflow task that they are due in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.worker import Interceptor

from activities import sending
from settings import Settings
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.faults import AnswerOnce, FailOnce, Fault, Proceed
from tests.workflows.payments import details, mails
from tests.workflows.shop import QUICK, Shop
from workflows.messages import OrderInput

AT_ONCE = replace(QUICK, mails_at_once=True)
BOTH = ["order_received", "vendor_new_order"]
LOCAL, REGULAR = "send_emails_at_once", "send_emails"


async def placed(shop: Shop) -> OrderInput:
    """A manual order that was started as the API starts it, without asking its workflow for an answer."""
    given = await shop.claim(payment_method="manual", policy=AT_ONCE)
    await shop.start(given)
    await eventually(shop.orders, lambda orders: len(orders) == 1)
    return given


async def arrived(mailbox: MailboxProcess) -> list[str]:
    """What is in the mailbox, each as often as it came."""
    return sorted(mail["message_id"].split(".")[1].split("@")[0] for mail in await mailbox.messages())


def is_local(event: HistoryEvent) -> bool:
    """Whether it is the trace of e-mails that were tried at once."""
    if not event.HasField("marker_recorded_event_attributes"):
        return False
    payloads = event.marker_recorded_event_attributes.details["data"].payloads
    return any(LOCAL.encode() in payload.data for payload in payloads)


async def steps(shop: Shop, given: OrderInput) -> Counter[str]:
    """How often each way of sending was gone, by the order's history."""
    ways = Counter[str]()
    for event in (await shop.handle(given).fetch_history()).events:
        scheduled = event.activity_task_scheduled_event_attributes.activity_type.name
        ways[scheduled] += scheduled.startswith("send_email")
        ways[LOCAL] += is_local(event)
    return +ways


async def tasks_until_tried(shop: Shop, given: OrderInput) -> int:
    """How many workflow tasks it took until the e-mails were sent at once, or given up."""
    events = (await shop.handle(given).fetch_history()).events
    tried = next(event for event in events if is_local(event)).marker_recorded_event_attributes
    return sum(
        event.HasField("workflow_task_completed_event_attributes")
        and event.event_id <= tried.workflow_task_completed_event_id
        for event in events
    )


async def test_new_order_tells_both_sides_once(shop: Shop, mailbox: MailboxProcess) -> None:
    given = await placed(shop)
    await eventually(lambda: mails(shop, given), lambda sent: sent == BOTH)
    assert await arrived(mailbox) == BOTH


class TestUndisturbed:
    @pytest.fixture(autouse=True)
    def patient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine that is busy with other tests is no slow mail server."""
        monkeypatch.setattr(sending, "_PATIENCE", 15.0)

    async def test_placed_manual_order_tells_both_sides_within_its_first_task(
        self, shop: Shop, mailbox: MailboxProcess
    ) -> None:
        given = await placed(shop)
        await eventually(lambda: steps(shop, given), lambda ways: ways == {LOCAL: 1})
        assert await arrived(mailbox) == BOTH
        assert await mails(shop, given) == BOTH
        events = (await shop.handle(given).fetch_history()).events
        assert sum(event.HasField("workflow_task_completed_event_attributes") for event in events) == 1

    async def test_paid_order_tells_both_sides_within_the_task_that_books_it(
        self, shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
    ) -> None:
        given = await shop.claim(policy=AT_ONCE)
        await shop.place(given)
        await stripe_sandbox.confirm(str((await shop.order(given)).payment_reference))
        await eventually(lambda: steps(shop, given), lambda ways: ways == {LOCAL: 1})
        assert await arrived(mailbox) == ["order_confirmation", "vendor_new_order"]

    async def test_emails_follow_the_answer_that_somebody_waits_for(
        self, shop: Shop, mailbox: MailboxProcess
    ) -> None:
        given = await shop.claim(payment_method="manual", policy=AT_ONCE)
        await shop.place(given)
        await eventually(lambda: arrived(mailbox), lambda told: told == BOTH)
        for status in ("confirmed", "shipped"):
            await shop.change(given, status)
        everything = sorted([*BOTH, "order_confirmation", "order_shipped"])
        await eventually(lambda: arrived(mailbox), lambda told: told == everything)
        assert await steps(shop, given) == {REGULAR: 1, "send_email": 2}


class TestSilentServer:
    @pytest_asyncio.fixture
    async def settings(self, settings: Settings) -> AsyncIterator[Settings]:
        """The mail server takes connections and says nothing."""
        greeted = asyncio.Event()

        async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await greeted.wait()
            writer.close()

        async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
            yield settings.model_copy(update={"smtp_port": server.sockets[0].getsockname()[1]})
            greeted.set()

    async def test_status_changes_while_the_mail_server_is_silent(self, shop: Shop) -> None:
        given = await placed(shop)
        for status in ("confirmed", "processing"):
            assert (await shop.change(given, status)).changed
        ways = await eventually(lambda: steps(shop, given), lambda ways: REGULAR in ways)
        assert ways == {LOCAL: 1, REGULAR: 1}
        assert await tasks_until_tried(shop, given) == 1  # a task that lasts is broken by signs of life
        assert await mails(shop, given) == []


class TestLostOnTheWay:
    @pytest.fixture(params=["before", "after"])
    def interceptors(self, request: pytest.FixtureRequest) -> list[Interceptor]:
        return [FailOnce(LOCAL, request.param)]

    async def test_emails_that_could_not_be_sent_at_once_are_sent_in_their_own_time(
        self, shop: Shop, mailbox: MailboxProcess
    ) -> None:
        given = await placed(shop)
        await eventually(lambda: steps(shop, given), lambda ways: ways == {LOCAL: 1, REGULAR: 1})
        await eventually(lambda: arrived(mailbox), lambda told: told == BOTH)
        assert await mails(shop, given) == BOTH


class TestBusy:
    @pytest.fixture
    def interceptors(self) -> list[Interceptor]:
        return [AnswerOnce(LOCAL, answer=False)]

    async def test_emails_of_a_busy_worker_are_sent_in_their_own_time(
        self, shop: Shop, mailbox: MailboxProcess
    ) -> None:
        given = await placed(shop)
        await eventually(lambda: arrived(mailbox), lambda told: told == BOTH)
        assert await steps(shop, given) == {LOCAL: 1, REGULAR: 1}


class _Rejecting(Fault):
    async def attempt(self, step: str, proceed: Proceed) -> object:
        if step == LOCAL:
            raise ApplicationError("refused (550)", type="email_rejected", non_retryable=True)
        return await proceed()


class TestRejected:
    @pytest.fixture
    def interceptors(self) -> list[Interceptor]:
        return [_Rejecting()]

    async def test_email_that_is_refused_for_good_is_not_tried_again(
        self, shop: Shop, mailbox: MailboxProcess
    ) -> None:
        given = await placed(shop)
        await shop.change(given, "confirmed")
        await eventually(lambda: arrived(mailbox), lambda told: told == ["order_confirmation"])
        assert await steps(shop, given) == {LOCAL: 1, "send_email": 1}
        assert "e-mail order_received, vendor_new_order: ApplicationError" in await details(
            shop.handle(given)
        )
        assert (await shop.handle(given).describe()).status == WorkflowExecutionStatus.RUNNING
