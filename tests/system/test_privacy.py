"""Nothing about a person gets into Temporal, logs or metrics."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle

from settings import Settings
from tests.fixtures.ports import NO_TLS, free_port
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.market import Market
from tests.system.programs import Programs
from tests.system.shopper import Shopper, register_shopper
from tests.waiting import eventually

# Nothing of Orion's contains any of these words. The telephone number is long enough for no measured time to
# have it among its digits by chance.
PERSON = {
    "email": "wilhelmina.quagga@vexillum.example",
    "first_name": "Wilhelmina",
    "last_name": "Quaggafeather",
    "company": "Ocelot Umbrellas",
    "address_line1": "17 Xanthippe Crescent",
    "address_line2": "Staircase Zebrawood",
    "city": "Bettembourg",
    "postal_code": "3225",
    "phone": "+352 691 555 0199",
}
WORDS = (
    *("wilhelmina", "quagga", "vexillum", "ocelot", "xanthippe", "zebrawood", "bettembourg", "6915550199"),
    *("begonia", "tarragon", "marzipan", "quokka", "correct horse"),
)
NOTES = "Leave it under the begonia."
VENDOR_NOTES = "Wrapped in tarragon paper."
REASON = "My marzipan allergy."
MESSAGE = "Does the quokka fit in?"


@dataclass(frozen=True)
class Traces:
    """Everything that a life has left behind outside the database and the mail."""

    histories: str
    logs: str
    metrics: str


def words_in(trace: str) -> set[str]:
    plain = trace.lower()
    return {word for word in WORDS if word in plain or word in plain.replace(" ", "")}


def lines_about(trace: str) -> list[str]:
    """The lines that have one of the words, so that a failure shows where."""
    return [line for line in trace.splitlines() if words_in(line)]


@pytest_asyncio.fixture
async def worker_metrics(programs: Programs, stripe_sandbox: SandboxProcess) -> AsyncIterator[str]:
    """An API and a worker that log all they can; where the worker's metrics are."""
    address = f"127.0.0.1:{free_port()}"
    await asyncio.gather(
        programs.api(stripe_sandbox.webhook_port, log_level="DEBUG"),
        programs.worker(log_level="DEBUG", worker_metrics_address=address),
    )
    yield f"http://{address}/metrics"


async def deliver_an_order(market: Market, http: httpx.AsyncClient, shopper: Shopper) -> str:
    """Declined at first, then paid, sent and delivered."""
    await shopper.fill([(market.mug.id, 1), (market.pot.id, 1)])
    placed = (await shopper.place(customer_notes=NOTES)).json()
    await shopper.pay(placed, "pm_card_chargeDeclined")
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["payment_status"] == "failed", within=60
    )
    await shopper.pay(placed)
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    for change in (
        {"status": "processing", "notes": VENDOR_NOTES},
        {"status": "shipped", "carrier": "dhl", "tracking_number": "JD0123456789", "notes": VENDOR_NOTES},
        {"status": "delivered"},
    ):
        assert (await market.move(http, placed["id"], **change)).status_code == 200
    return str(placed["order_number"])


async def cancel_an_order(market: Market, shopper: Shopper) -> str:
    """Paid, cancelled with a reason, refunded."""
    await shopper.fill([(market.mug.id, 1)])
    placed = (await shopper.place(customer_notes=NOTES)).json()
    await shopper.pay(placed)
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["status"] == "confirmed", within=60
    )
    assert (await shopper.cancel(placed["id"], reason=REASON)).status_code == 200
    await eventually(
        lambda: shopper.order(placed["id"]), lambda order: order["payment_status"] == "refunded", within=60
    )
    return str(placed["order_number"])


async def ask_the_shop(market: Market, http: httpx.AsyncClient, number: str) -> str:
    """A message to the customer; the id of the workflow that mails it."""
    order = await market.order(number)
    path = f"/api/v1/vendor/orders/{order.id}/messages"
    answer = await http.post(path, json={"body": MESSAGE}, headers=market.vendor_headers)
    assert answer.status_code == 201
    return f"{number}-message-{answer.json()['id']}"


async def page_of(address: str) -> str:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        return (await client.get(address)).text


async def history_of(handle: WorkflowHandle[object, object]) -> str:
    """All that Temporal knows of a workflow; payloads are JSON and stand in their messages as they are."""
    described = await handle.describe()
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    history = await handle.fetch_history()
    messages = [described.raw_description, metadata, *history.events]
    return "\n".join(message.SerializeToString().decode("utf-8", "replace") for message in messages)


async def test_life_leaves_no_personal_data_behind(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    temporal_client: Client,
    worker_metrics: str,
) -> None:
    shopper = await register_shopper(http, stripe_sandbox, market.vendor.id, **PERSON)
    delivered = await deliver_an_order(market, http, shopper)
    cancelled = await cancel_an_order(market, shopper)
    asked = await ask_the_shop(market, http, delivered)
    await eventually(
        mailbox.messages,
        lambda mails: (
            {"delivered", "refund", "message"}
            <= {
                word
                for mail in mails
                for word in ("delivered", "refund", "message")
                if word in mail["message_id"]
            }
        ),
        within=60,
    )
    handles = [temporal_client.get_workflow_handle(number) for number in (delivered, cancelled, asked)]
    # The mail arrives before the workflow that sent it is over, which the worker counts only then.
    await temporal_client.get_workflow_handle(asked).result()
    metrics = (await http.get("/metrics")).text + await eventually(
        lambda: page_of(worker_metrics), lambda page: "temporal_workflow_completed" in page, within=60
    )
    traces = Traces(
        histories="\n".join([await history_of(handle) for handle in handles]),
        logs=programs.log("api") + programs.log("worker"),
        metrics=metrics,
    )

    assert words_in("\n".join(mail["text"] for mail in await mailbox.messages())) >= {
        "wilhelmina",
        "xanthippe",
        "quokka",
    }
    assert lines_about(traces.histories) == []
    assert lines_about(traces.logs) == []
    assert lines_about(traces.metrics) == []
    # What may be there is there: the search has looked at the right places.
    assert delivered in traces.histories
    assert "the return window to close" in traces.histories
    assert "payment declined" in traces.histories
    assert '"route": "/api/v1/public/vendors/{vendor_id}/orders"' in traces.logs
    assert "orion_placements_total" in traces.metrics
    assert "temporal_workflow_completed" in traces.metrics


async def order_as_guest(market: Market, http: httpx.AsyncClient) -> dict[str, Any]:
    """An order to be paid by hand."""
    path = f"/api/v1/public/vendors/{market.vendor.id}"
    entered = (await http.post(f"{path}/customers/guest", json={"email": PERSON["email"]})).json()
    headers = {"Authorization": f"Bearer {entered['access_token']}"}
    home = {name: value for name, value in PERSON.items() if name != "email"} | {"country": "LU"}
    address = (await http.post(f"{path}/customers/addresses", json=home, headers=headers)).json()
    cart = "browser-session-of-a-guest"
    item = {"product_id": market.mug.id, "quantity": 1}
    await http.post(f"{path}/cart/{cart}/items", json=item, headers=headers)
    body = {"session_id": cart, "payment_method": "manual", "customer_notes": NOTES}
    body |= dict.fromkeys(("shipping_address_id", "billing_address_id"), address["id"])
    placed = await http.post(f"{path}/orders", json=body, headers=headers)
    assert placed.status_code == 201, placed.text
    order: dict[str, Any] = placed.json()
    return order


async def token_in_mail(mailbox: MailboxProcess, page: str) -> str:
    """The token of the first link to this page that was mailed."""
    pattern = re.compile(rf"/{page}/(\S+)")
    mails = await eventually(
        mailbox.messages, lambda mails: any(pattern.search(mail["text"]) for mail in mails), within=60
    )
    return next(found[1] for mail in mails if (found := pattern.search(mail["text"])))


async def test_guest_leaves_neither_personal_data_nor_links_behind(
    market: Market,
    http: httpx.AsyncClient,
    programs: Programs,
    mailbox: MailboxProcess,
    temporal_client: Client,
    worker_metrics: str,
) -> None:
    path = f"/api/v1/public/vendors/{market.vendor.id}"
    order = await order_as_guest(market, http)
    tracking = await token_in_mail(mailbox, "track")
    tracked = await http.get(f"{path}/orders/tracked/{tracking}")
    wrong = await http.get(f"{path}/orders/tracked/{tracking}x")
    await http.post(f"{path}/customers/account-link", json={"email": PERSON["email"]})
    account = await token_in_mail(mailbox, "set-password")
    claim = {"token": account, "password": "correct horse battery"}
    claims = [await http.post(f"{path}/customers/accounts", json=claim) for _ in range(2)]
    handles = [
        temporal_client.get_workflow_handle(order["order_number"]),
        temporal_client.get_workflow_handle(f"account-link-{market.vendor.id}-{order['customer_id']}"),
    ]
    histories = "\n".join([await history_of(handle) for handle in handles])
    logs = programs.log("api") + programs.log("worker")
    metrics = (await http.get("/metrics")).text + await page_of(worker_metrics)

    assert [tracked.status_code, wrong.status_code] == [200, 404]
    assert [answer.status_code for answer in claims] == [200, 404]
    assert words_in(tracked.text) == set()
    for trace in (histories, logs, metrics):
        assert lines_about(trace) == []
        assert not any(part in trace for token in (tracking, account) for part in token.split("."))
    # What may be there is there: the search has looked at the right places.
    assert "send_account_link" in histories
    assert '"route": "/api/v1/public/vendors/{vendor_id}/orders/tracked/{token}"' in logs
    assert "/orders/tracked/{token}" in metrics


@pytest.mark.usefixtures("worker_metrics")
@pytest.mark.parametrize(
    ("damage", "repair"),
    [
        ("RENAME COLUMN total_spent TO spent_in_total", "RENAME COLUMN spent_in_total TO total_spent"),
        ("ADD CONSTRAINT none_new CHECK (id < 0) NOT VALID", "DROP CONSTRAINT none_new"),
    ],
    ids=["statement with its values", "row that is refused"],
)
async def test_error_of_the_database_is_logged_without_what_was_written(
    market: Market, http: httpx.AsyncClient, programs: Programs, settings: Settings, damage: str, repair: str
) -> None:
    """A write that fails for a defect of ours is logged, and what was to be written is not."""
    engine = create_async_engine(settings.database_owner_url, isolation_level="AUTOCOMMIT")
    path = f"/api/v1/public/vendors/{market.vendor.id}/customers/register"
    names = {"first_name": PERSON["first_name"], "last_name": PERSON["last_name"]}
    async with engine.connect() as connection:
        await connection.execute(text(f"ALTER TABLE customers {damage}"))
        try:
            person = {"email": PERSON["email"], "password": "correct horse battery", **names}
            answer = await http.post(path, json=person)
        finally:
            await connection.execute(text(f"ALTER TABLE customers {repair}"))
    await engine.dispose()

    assert answer.status_code == 500
    assert words_in(answer.text) == set()
    assert "unexpected error in POST /api/v1/public/vendors/{vendor_id}" in programs.log("api")
    assert words_in(programs.log("api")) == set()
