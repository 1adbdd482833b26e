"""Events as Stripe sends them, and orders that they may be about."""

import json
import time
from typing import Any

import httpx
from sqlalchemy import select
from stripe import WebhookSignature

from db.session import Database
from db.tables import Order, Payment, StripeEvent
from settings import Settings
from tests.api.backoffice import create_order
from tests.api.storefront import Storefront

PATH = "/webhooks/stripe"


def stripe_event(
    reference: str, kind: str = "payment_intent.succeeded", event_id: str = "evt_1"
) -> dict[str, Any]:
    subject = {"id": reference} if kind.startswith("payment_intent.") else {"payment_intent": reference}
    return {"id": event_id, "object": "event", "type": kind, "data": {"object": subject}}


async def send_event(
    client: httpx.AsyncClient, settings: Settings, body: bytes | dict[str, Any], *, age: int = 0
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = WebhookSignature.generate_signature_header(
        raw.decode(), settings.stripe_webhook_secret.get_secret_value(), int(time.time()) - age
    )
    return await client.post(PATH, content=raw, headers={"Stripe-Signature": signature})


async def order_awaiting(
    storefront: Storefront,
    reference: str = "pi_1",
    *,
    status: str = "pending",
    payment_status: str = "pending",
    order_number: str | None = None,
) -> Order:
    """A stored order with its PaymentIntent, that no workflow stands behind."""
    order = await create_order(
        storefront.database,
        storefront.customer,
        storefront.mug,
        status=status,
        payment_status=payment_status,
        payment_reference=reference,
        order_number=order_number,
    )
    async with storefront.database.platform() as session:
        session.add(
            Payment(
                vendor_id=order.vendor_id,
                order_id=order.id,
                provider="stripe",
                provider_reference=reference,
                amount=order.total_amount,
                currency=order.currency,
                status="requires_payment_method",
            )
        )
    return order


async def remembered_events(database: Database) -> list[tuple[str, bool]]:
    """Events that were kept, and whether they were handed over."""
    async with database.platform() as session:
        rows = await session.scalars(select(StripeEvent).order_by(StripeEvent.event_id))
        return [(row.event_id, row.handed_over_at is not None) for row in rows]
