"""What an order costs in history events and SQL statements: counted, so a change of either shows."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities import sending
from activities.emails.links import EmailLinks
from activities.messages import SendEmail
from activities.sending import EmailActivities
from api.placement_outcomes import PlacementOutcomes
from api.tokens import Audience, Claims
from db.session import Database
from domain.links import Links
from settings import Settings
from tests.activities.gateways.mail_servers import smtp_mail
from tests.activities.stored_orders import store_order
from tests.api.storefront import Storefront, bearer, open_storefront
from tests.bench.traffic import traffic
from tests.builders import create_vendor_user
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually

MOST_EVENTS_UNTIL_PLACED = 9
MOST_EVENTS_UNTIL_DELIVERED = 75
MAILS = 4  # confirmation, new order, shipped, delivered
MAILS_BEFORE_SHIPPING = 3  # received, new order, confirmed
CALLS = 2 + 1  # shipped, delivered; and one question to Stripe. The first two e-mails need none


async def history(client: Client, order: dict[str, Any]) -> list[HistoryEvent]:
    return list((await client.get_workflow_handle(order["order_number"]).fetch_history()).events)


def of_type(events: list[HistoryEvent], kind: EventType.ValueType) -> list[HistoryEvent]:
    return [each for each in events if each.event_type == kind]


def is_at_rest(events: list[HistoryEvent]) -> bool:
    """Whether all e-mails are sent and the workflow has taken that in."""
    called = of_type(events, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
    working = (EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)
    return len(called) == CALLS and events[-1].event_type not in working


def _is_placed(events: list[HistoryEvent]) -> bool:
    """Whether the workflow task that places the order is over."""
    return bool(of_type(events, EventType.EVENT_TYPE_TIMER_STARTED))


async def _hears(application: FastAPI) -> bool:
    outcomes: PlacementOutcomes = application.state.context.outcomes
    return outcomes.listening


@pytest_asyncio.fixture
async def storefront(database: Database, settings: Settings, worker: None) -> Storefront:
    """The shop with the whole write side running."""
    return await open_storefront(database, settings)


async def test_placing_takes_few_history_events(
    application: FastAPI, api: httpx.AsyncClient, storefront: Storefront, temporal_client: Client
) -> None:
    application.state.context.outcomes.open()
    await eventually(lambda: _hears(application), bool)
    order = (await storefront.order(api, await storefront.cart(), payment_method="stripe")).json()

    events = await eventually(lambda: history(temporal_client, order), _is_placed)

    assert len(events) <= MOST_EVENTS_UNTIL_PLACED
    # A task that is lost on its way is handed out again while the API still waits for the answer.
    lost_after = events[0].workflow_execution_started_event_attributes.workflow_task_timeout.ToTimedelta()
    assert lost_after.total_seconds() <= storefront.settings.place_timeout / 2


async def test_whole_life_takes_few_history_events(
    api: httpx.AsyncClient,
    storefront: Storefront,
    temporal_client: Client,
    webhooks: None,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "_PATIENCE", 15.0)  # a busy machine is no slow mail server
    user = await create_vendor_user(storefront.database, storefront.vendor)
    vendor = bearer(storefront.settings, Audience.VENDOR, Claims(user.id, user.vendor_id, user.role))
    order = (await storefront.order(api, await storefront.cart(), payment_method="stripe")).json()
    detail = f"{storefront.path}/orders/my-orders/{order['id']}"

    async def status() -> str:
        return str((await api.get(detail, headers=storefront.headers)).json()["status"])

    paid = await stripe_sandbox.confirm(order["payment_reference"])
    assert paid.status_code == 200, paid.text
    await eventually(status, lambda now: now == "confirmed")
    for move in ("processing", "shipped", "delivered"):
        moved = await api.put(
            f"/api/v1/vendor/orders/{order['id']}/status", json={"status": move}, headers=vendor
        )
        assert moved.status_code == 200, moved.text
    events = await eventually(lambda: history(temporal_client, order), is_at_rest)

    assert len(events) <= MOST_EVENTS_UNTIL_DELIVERED
    assert len(await mailbox.messages()) == MAILS


@pytest.mark.parametrize(
    ("payment_method", "wanted"),
    [
        ("stripe", {"request": (5, 2), "create_order": (3, 1), "open_payment": (2, 1)}),
        ("manual", {"request": (5, 2), "create_order": (3, 1)}),
    ],
)
async def test_placing_takes_so_many_sql_statements_and_transactions(
    api: httpx.AsyncClient,
    storefront: Storefront,
    mailbox: MailboxProcess,
    payment_method: str,
    wanted: dict[str, tuple[int, int]],
) -> None:
    """All that a customer waits for; the e-mails of a manual order go out beside it."""
    cart = await storefront.cart()

    with traffic(storefront.database) as seen:
        placed = await storefront.order(api, cart, payment_method=payment_method)

    assert placed.status_code == 201, placed.text
    assert seen.without("send_emails") == wanted


@pytest.mark.parametrize(
    ("move", "wanted"),
    [
        ("processing", {"request": (7, 3), "change_status": (5, 1)}),
        ("shipped", {"request": (7, 3), "change_status": (6, 1)}),
    ],
)
async def test_changing_a_status_takes_so_many_sql_statements_and_transactions(
    api: httpx.AsyncClient,
    storefront: Storefront,
    mailbox: MailboxProcess,
    move: str,
    wanted: dict[str, tuple[int, int]],
) -> None:
    """All that a vendor waits for; what is mailed goes out beside it."""
    user = await create_vendor_user(storefront.database, storefront.vendor)
    vendor = bearer(storefront.settings, Audience.VENDOR, Claims(user.id, user.vendor_id, user.role))
    order = (await storefront.order(api, await storefront.cart(), payment_method="manual")).json()
    path = f"/api/v1/vendor/orders/{order['id']}/status"
    before = {"processing": ("confirmed",), "shipped": ("confirmed", "processing")}[move]
    for earlier in before:
        await api.put(path, json={"status": earlier}, headers=vendor)
    await eventually(mailbox.messages, lambda messages: len(messages) == MAILS_BEFORE_SHIPPING)

    with traffic(storefront.database) as seen:
        moved = await api.put(path, json={"status": move}, headers=vendor)

    assert moved.status_code == 200, moved.text
    assert seen.without("send_email") == wanted


async def test_sending_an_email_takes_so_many_sql_statements_and_transactions(
    database: Database, mailbox: MailboxProcess
) -> None:
    """Noted before it goes out and after; each transaction begins by naming its vendor."""
    stored = await store_order(database)
    key = "order_confirmation"
    given = SendEmail(stored.vendor.id, stored.order.id, stored.order.order_number, key, key)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type="send_email")

    async with smtp_mail(mailbox.smtp_port) as mail:
        links = EmailLinks("https://shop.example", Links("a secret of the tests"))
        emails = EmailActivities(database, mail, mail_from="a@orion.example", links=links)
        with traffic(database) as seen:
            await environment.run(emails.send_email, given)

    assert seen.without("request") == {"send_email": (4, 2)}
    assert len(await mailbox.messages()) == 1
