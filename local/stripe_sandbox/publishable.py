"""What an answer to a publishable key leaves out: a browser sees its payment, not the shop's notes on it."""

from local.stripe_sandbox.store import JSON

_VISIBLE = frozenset(
    {
        "amount",
        "amount_details",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "id",
        "last_payment_error",
        "livemode",
        "next_action",
        "object",
        "payment_method",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "source",
        "status",
    }
)


def restricted(body: JSON) -> JSON:
    """A PaymentIntent, alone or inside an error, with the fields Stripe shows to a publishable key."""
    if body.get("object") == "payment_intent":
        return {name: value for name, value in body.items() if name in _VISIBLE}
    error = body.get("error")
    if isinstance(error, dict) and "payment_intent" in error:
        return {"error": error | {"payment_intent": restricted(error["payment_intent"])}}
    return body
