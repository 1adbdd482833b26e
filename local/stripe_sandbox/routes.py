"""Every endpoint of Stripe's API that the sandbox has."""

from local.stripe_sandbox import (
    balance,
    capture,
    charges,
    disputes,
    event_log,
    mandates,
    payment_intents,
    payment_methods,
    refunds,
    schemas,
)
from local.stripe_sandbox.endpoint import Endpoint

ENDPOINTS = (
    Endpoint("POST", "/v1/payment_intents", payment_intents.create, schemas.CREATE_INTENT),
    Endpoint("GET", "/v1/payment_intents", payment_intents.list_all, schemas.LIST_INTENTS),
    Endpoint(
        "GET",
        "/v1/payment_intents/{identifier}",
        payment_intents.retrieve,
        schemas.RETRIEVE_INTENT,
        publishable=True,
    ),
    Endpoint("POST", "/v1/payment_intents/{identifier}", payment_intents.update, schemas.UPDATE_INTENT),
    Endpoint(
        "POST",
        "/v1/payment_intents/{identifier}/confirm",
        payment_intents.confirm,
        schemas.CONFIRM_INTENT,
        publishable=True,
    ),
    Endpoint(
        "POST", "/v1/payment_intents/{identifier}/cancel", payment_intents.cancel, schemas.CANCEL_INTENT
    ),
    Endpoint("POST", "/v1/payment_intents/{identifier}/capture", capture.capture, schemas.CAPTURE_INTENT),
    Endpoint("GET", "/v1/charges", charges.list_all, schemas.LIST_CHARGES),
    Endpoint("GET", "/v1/charges/{identifier}", charges.retrieve, schemas.NOTHING),
    Endpoint("POST", "/v1/refunds", refunds.create, schemas.CREATE_REFUND),
    Endpoint("GET", "/v1/refunds", refunds.list_all, schemas.LIST_REFUNDS),
    Endpoint("GET", "/v1/refunds/{identifier}", refunds.retrieve, schemas.NOTHING),
    Endpoint("POST", "/v1/refunds/{identifier}", refunds.update, schemas.UPDATE_METADATA),
    Endpoint("POST", "/v1/refunds/{identifier}/cancel", refunds.cancel, schemas.NOTHING),
    Endpoint("POST", "/v1/payment_methods", payment_methods.create, schemas.CREATE_METHOD, publishable=True),
    Endpoint("GET", "/v1/payment_methods/{identifier}", payment_methods.retrieve, schemas.NOTHING),
    Endpoint("GET", "/v1/disputes", disputes.list_all, schemas.LIST_DISPUTES),
    Endpoint("GET", "/v1/disputes/{identifier}", disputes.retrieve, schemas.NOTHING),
    Endpoint("POST", "/v1/disputes/{identifier}", disputes.update, schemas.UPDATE_DISPUTE),
    Endpoint("POST", "/v1/disputes/{identifier}/close", disputes.close, schemas.NOTHING),
    Endpoint("GET", "/v1/mandates/{identifier}", mandates.retrieve, schemas.NOTHING),
    Endpoint("GET", "/v1/balance_transactions/{identifier}", balance.retrieve, schemas.NOTHING),
    Endpoint("GET", "/v1/events", event_log.list_all, schemas.LIST_EVENTS),
    Endpoint("GET", "/v1/events/{identifier}", event_log.retrieve, schemas.NOTHING),
)
