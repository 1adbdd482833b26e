"""What tests do at Stripe beside the order, and how they tell it that Stripe has news."""

import itertools
from typing import Any

import httpx
from sqlalchemy import select
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle

from db.tables import Dispute, Email, OrderEvent, Payment
from tests.fixtures.ports import NO_TLS
from tests.fixtures.sandboxes import SandboxProcess
from tests.workflows.shop import Shop
from workflows.messages import PAYMENT_CHANGED, PAYMENT_REVERSED, OrderInput, PaymentNotice
from workflows.visibility import NEEDS_ATTENTION

_events = itertools.count(1)


async def reference_of(shop: Shop, given: OrderInput) -> str:
    """The order's PaymentIntent."""
    return str((await shop.order(given)).payment_reference)


async def debit(stripe: SandboxProcess, reference: str, account: str = "pm_successDelayed_de") -> None:
    """The customer pays by SEPA debit, which stays in `processing` for three minutes at the least."""
    form = {
        "payment_method": account,
        "mandate_data[customer_acceptance][type]": "offline",
    }
    (await stripe.post(f"/v1/payment_intents/{reference}/confirm", form)).raise_for_status()


async def control(stripe: SandboxProcess, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 -- a JSON body
    """What a bank decides; answers the changed object."""
    async with httpx.AsyncClient(base_url=stripe.url, timeout=10, verify=NO_TLS) as client:
        answer = await client.post(f"/_sandbox/{path}", json=body)
    answer.raise_for_status()
    changed: dict[str, Any] = answer.json()
    return changed


async def settle(stripe: SandboxProcess, reference: str, outcome: str) -> None:
    """The bank finishes a debit."""
    await control(stripe, f"payment_intents/{reference}/settle", outcome=outcome)


async def tell(shop: Shop, given: OrderInput) -> None:
    """Say that the payment has changed, as the webhook does."""
    notice = PaymentNotice(f"evt_{next(_events)}", "payment_intent.processing")
    await shop.handle(given).signal(PAYMENT_CHANGED, notice)


async def tell_of_reversal(shop: Shop, given: OrderInput) -> None:
    """Say that money has left the payment, as the webhook does."""
    notice = PaymentNotice(f"evt_{next(_events)}", "charge.dispute.created")
    await shop.handle(given).signal(PAYMENT_REVERSED, notice)


async def details(handle: WorkflowHandle[Any, Any]) -> str:
    """The workflow's current details, as operators see them."""
    metadata: WorkflowMetadata = await handle.query(
        "__temporal_workflow_metadata", result_type=WorkflowMetadata
    )
    return metadata.current_details


async def needs_attention(handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether the order is on the operators' list."""
    return bool((await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION))


async def timers(handle: WorkflowHandle[Any, Any]) -> set[str]:
    """The names of all timers that were started so far."""
    history = await handle.fetch_history()
    return {
        event.user_metadata.summary.data.decode().strip('"')
        for event in history.events
        if event.HasField("timer_started_event_attributes")
    }


async def kinds(shop: Shop, given: OrderInput) -> list[str]:
    """The order's events without their numbers; fails when a number is missing."""
    numbered = await shop.events(given)
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    return [kind for _, kind in numbered]


async def disputes(shop: Shop, given: OrderInput) -> list[Dispute]:
    """The order's disputes."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(Dispute).where(Dispute.order_id == order.id).order_by(Dispute.id)
        return list(await session.scalars(statement))


async def payment(shop: Shop, given: OrderInput) -> Payment:
    """The order's payment."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        return (await session.scalars(select(Payment).where(Payment.order_id == order.id))).one()


async def mails(shop: Shop, given: OrderInput) -> list[str]:
    """The keys of the e-mails that were sent, in their order."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = (
            select(Email.email_key)
            .where(Email.order_id == order.id, Email.sent_at.is_not(None))
            .order_by(Email.id)
        )
        return list(await session.scalars(statement))


async def event_data(shop: Shop, given: OrderInput, kind: str) -> dict[str, Any]:
    """What the order's only event of a kind says."""
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(OrderEvent.data).where(OrderEvent.order_id == order.id, OrderEvent.type == kind)
        return dict((await session.scalars(statement)).one())
