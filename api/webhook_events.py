"""The events of Stripe that the webhook acts on: what the endpoint has to be subscribed to."""

SUCCEEDED = "payment_intent.succeeded"
# What may tell an order something new about its payment. A payment_intent.created comes before the order
# knows its payment, and the order asked for it itself.
PAYMENT_TYPES = frozenset(
    {
        SUCCEEDED,
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "charge.expired",
    }
)
# What may tell it that money leaves the payment again, which goes on for months after the order has ended.
REVERSAL_TYPES = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.refunded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)
HANDED_OVER_TYPES = PAYMENT_TYPES | REVERSAL_TYPES
HEARD_AFTER_THE_END = REVERSAL_TYPES | {SUCCEEDED}
