"""Stripe's webhook: verified, matched with the order it is about, and handed over to its workflow."""

import structlog
from fastapi import APIRouter, Request
from pydantic import ValidationError
from stripe import SignatureVerificationError, WebhookSignature

from api.dependencies import DatabaseDep, EngineDep, SettingsDep
from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from api.metrics import MetricsDep
from api.problems import ProblemResponse, problem
from api.refusals import refused
from api.schemas.webhooks import EventAnswer, EventOutcome, StripeEvent
from api.webhook_events import HANDED_OVER_TYPES, HEARD_AFTER_THE_END, REVERSAL_TYPES
from db.queries import stripe_events
from db.queries.stripe_events import PaidOrder
from db.session import Database
from domain.errors import EngineUnavailable
from domain.lifecycle import OrderStatus
from workflows.messages import PAYMENT_CHANGED, PAYMENT_REVERSED, AfterSale, PaymentNotice

# Stripe's libraries take the same: https://docs.stripe.com/webhooks#replay-attacks
TOLERANCE_SECONDS = 300

router = APIRouter(tags=["Webhooks"])


@router.post(
    "/webhooks/stripe",
    summary="Receive an event from Stripe",
    response_model=EventAnswer,
    responses={400: refused("`signature_invalid` or `event_malformed`")},
    openapi_extra={
        "parameters": [
            {"name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"}}
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object", "description": "A Stripe event"}}},
        },
    },
)
async def receive_stripe_event(
    request: Request,
    settings: SettingsDep,
    database: DatabaseDep,
    engine: EngineDep,
    metrics: MetricsDep,
) -> EventAnswer | ProblemResponse:
    """Answers 2xx only once the order's workflow has the event; on anything else Stripe sends it again.

    What says nothing to an order is answered 2xx as well, and counted. Nothing but the payment that an order
    is stored with decides which workflow hears of an event.
    """
    body = await request.body()
    if not _is_signed(body, request.headers.get("Stripe-Signature"), settings):
        metrics.webhooks.labels("unknown", "signature_invalid").inc()
        return problem(400, "signature_invalid", "The signature is missing, wrong or too old.")
    try:
        event = StripeEvent.model_validate_json(body)
    except ValidationError:
        metrics.webhooks.labels("unknown", "malformed").inc()
        return problem(400, "event_malformed", "The body is not a Stripe event.")
    outcome = await _take(event, database, engine)
    known_type = event.type if event.type in HANDED_OVER_TYPES else "other"
    metrics.webhooks.labels(known_type, outcome).inc()
    return EventAnswer(outcome=outcome)


def _is_signed(body: bytes, signature: str | None, settings: SettingsDep) -> bool:
    """https://docs.stripe.com/webhooks#verify-manually"""
    try:
        text = body.decode()
        # The SDK compares strings in constant time, which works for ASCII only.
        if signature is None or not signature.isascii():
            return False
        secret = settings.stripe_webhook_secret.get_secret_value()
        WebhookSignature.verify_header(text, signature, secret, TOLERANCE_SECONDS)
    except (UnicodeDecodeError, SignatureVerificationError):
        return False
    return True


async def _take(event: StripeEvent, database: Database, engine: Engine) -> EventOutcome:
    reference = event.payment_reference
    if event.type not in HANDED_OVER_TYPES or reference is None:
        return EventOutcome.IGNORED
    async with database.platform() as session:
        order = await stripe_events.order_of_payment(session, payment_reference=reference)
        if order is None:
            return EventOutcome.FOREIGN
        known = await stripe_events.remember(
            session, event_id=event.id, event_type=event.type, order_number=order.order_number
        )
    structlog.contextvars.bind_contextvars(order_number=order.order_number)
    if known:
        return EventOutcome.KNOWN
    outcome = await _hand_over(event, order, engine)
    async with database.platform() as session:
        await stripe_events.mark_handed_over(session, event_id=event.id)
    return outcome


async def _hand_over(event: StripeEvent, order: PaidOrder, engine: Engine) -> EventOutcome:
    notice = PaymentNotice(event.id, event.type)
    signal = PAYMENT_REVERSED if event.type in REVERSAL_TYPES else PAYMENT_CHANGED
    try:
        # A cancelled order listens no more, even while its workflow still sends e-mails.
        if not _is_late(event, order):
            try:
                await engine.signal(order.order_number, signal, notice)
            except WorkflowGone:
                if event.type not in HEARD_AFTER_THE_END:
                    return EventOutcome.ENDED
            else:
                return EventOutcome.HANDED_OVER
        after_sale = AfterSale(order.vendor_id, order.vendor_code, order.order_number)
        await engine.signal_after_sale(after_sale, signal, notice)
    except EngineSlow:
        raise EngineUnavailable("The order system does not answer at the moment.") from None
    return EventOutcome.HANDED_OVER


def _is_late(event: StripeEvent, order: PaidOrder) -> bool:
    unpaid = order.status == OrderStatus.CANCELLED and order.paid_amount == 0
    return unpaid and event.type in HEARD_AFTER_THE_END
