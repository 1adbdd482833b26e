"""PaymentIntents: creating, reading and changing them."""

from local.stripe_sandbox import debits, refund_outcomes
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.confirmation import confirm as confirm_intent
from local.stripe_sandbox.confirmation import payment_method_given
from local.stripe_sandbox.errors import invalid, status_refusal, unexpected_state
from local.stripe_sandbox.lists import filtered
from local.stripe_sandbox.method_types import automatic, check_types, choose_types, method_options
from local.stripe_sandbox.money import check_amount, checked_currency
from local.stripe_sandbox.parameters import merge_metadata
from local.stripe_sandbox.store import JSON, new_id, random_text

CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
UNCONFIRMED = ("requires_payment_method", "requires_confirmation", "requires_action")
# Fixed once money moves; everything else can be changed at any time.
_PRICED = frozenset(
    {
        "amount",
        "capture_method",
        "currency",
        "customer",
        "payment_method",
        "payment_method_data",
        "payment_method_options",
        "payment_method_types",
        "setup_future_usage",
    }
)
_NEW: JSON = {
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "customer": None,
    "customer_account": None,
    "description": None,
    "excluded_payment_method_types": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_configuration_details": None,
    "processing": None,
    "receipt_email": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
    "transfer_group": None,
}
_STORED = tuple(
    name for name in _NEW if name not in {"automatic_payment_methods", "payment_method", "status", "customer"}
)


def create(call: Call) -> JSON:
    """`POST /v1/payment_intents`."""
    params = call.params
    currency = checked_currency(params["currency"])
    check_amount(params["amount"], currency)
    check_types(params)
    identifier = new_id("pi")
    intent: JSON = {
        "id": identifier,
        "object": "payment_intent",
        "amount": params["amount"],
        "client_secret": f"{identifier}_secret_{random_text(25)}",
        "created": call.now,
        "currency": currency,
        **_NEW,
        "metadata": merge_metadata({}, params.get("metadata", {})),
        "payment_method_types": ["card"],
        **{name: params[name] for name in _STORED if name in params},
        "automatic_payment_methods": automatic(params),
        "_sandbox": {},
    }
    choose_types(intent, params.get("payment_method_types"))
    intent["payment_method_options"] = method_options(intent, params.get("payment_method_options", {}))
    if "customer" in params:
        intent["customer"] = call.load("customer", params["customer"], param="customer")["id"]
    method = payment_method_given(call, params)
    if method is not None:
        intent.update(payment_method=method["id"], status="requires_confirmation")
    elif not params.get("confirm") and "return_url" in params:
        message = "You must set `confirm` to `true` to use `return_url` when creating a PaymentIntent."
        raise invalid(message, param="return_url")
    call.store.insert(intent)
    call.emit("payment_intent.created", intent)
    if params.get("confirm"):
        confirm_intent(call, intent, method)
    return intent


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/payment_intents/{id}`; with the publishable key the client secret must fit."""
    intent = call.load("payment_intent", identifier)
    _check_client_secret(call, intent)
    return intent


def update(call: Call, identifier: str) -> JSON:
    """`POST /v1/payment_intents/{id}`."""
    intent = call.load("payment_intent", identifier)
    params = call.params
    priced = _PRICED & params.keys()
    if priced and intent["status"] not in UNCONFIRMED:
        name = min(priced)
        raise unexpected_state(
            f"This PaymentIntent's {name} could not be updated because it has a status of "
            f"{intent['status']}. You may only update the {name} of a PaymentIntent with one of the "
            f"following statuses: {', '.join(UNCONFIRMED)}.",
            intent,
        )
    if "currency" in params:
        intent["currency"] = checked_currency(params["currency"])
    if "amount" in params:
        intent["amount"] = params["amount"]
    check_amount(intent["amount"], intent["currency"])
    if "metadata" in params:
        intent["metadata"] = merge_metadata(intent["metadata"], params["metadata"])
    intent.update({name: params[name] for name in _STORED if name in params})
    check_types(params)
    choose_types(intent, params.get("payment_method_types"))
    options = params.get("payment_method_options") or intent["payment_method_options"]
    intent["payment_method_options"] = method_options(intent, options)
    method = payment_method_given(call, params)
    if method is not None:
        intent["payment_method"] = method["id"]
    if priced:
        intent["next_action"] = None
        intent["status"] = "requires_confirmation" if intent["payment_method"] else "requires_payment_method"
    call.store.save(intent)
    return intent


def confirm(call: Call, identifier: str) -> JSON:
    """`POST /v1/payment_intents/{id}/confirm`.

    Raises `StripeError` 402 when the card is declined, 400 when the status does not allow it.
    """
    intent = call.load("payment_intent", identifier)
    _check_client_secret(call, intent)
    confirm_intent(call, intent, payment_method_given(call, call.params))
    return intent


def cancel(call: Call, identifier: str) -> JSON:
    """`POST /v1/payment_intents/{id}/cancel`; an authorised amount is released, a debit taken back.

    Raises `StripeError` 400 when the status does not allow it, or a debit has already gone to the bank.
    """
    intent = call.load("payment_intent", identifier)
    in_time = intent["status"] != "processing" or debits.cancel(call, intent)
    if intent["status"] not in CANCELABLE or not in_time:
        raise status_refusal("cancel", "canceled", intent, CANCELABLE)
    if intent["status"] == "requires_capture":
        charge = call.load("charge", intent["latest_charge"])
        refund_outcomes.release(call, charge, charge["amount"])
    intent.update(
        amount_capturable=0,
        canceled_at=call.now,
        cancellation_reason=call.params.get("cancellation_reason"),
        next_action=None,
        processing=None,
        status="canceled",
    )
    call.store.save(intent)
    call.emit("payment_intent.canceled", intent)
    return intent


def list_all(call: Call) -> JSON:
    """`GET /v1/payment_intents`."""
    return filtered(call, "payment_intent", "/v1/payment_intents")


def _check_client_secret(call: Call, intent: JSON) -> None:
    given = call.params.get("client_secret")
    if given is None and not call.publishable:
        return
    if given != intent["client_secret"]:
        raise invalid(
            "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
            code="payment_intent_invalid_parameter",
            param="client_secret",
        )
