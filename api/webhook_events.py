"""The events of Stripe that the webhook acts on: what the endpoint has to be subscribed to."""

SUCCEEDED = "payment_intent.succeeded"
# What may tell an order something new. A payment_intent.created comes before the order knows its payment, and
# the order asked for it itself.
HANDED_OVER_TYPES = frozenset(
    {
        SUCCEEDED,
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.canceled",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.closed",
    }
)

# Money that comes too late, and refunds that a bank returns days after they succeeded.
HEARD_AFTER_THE_END = frozenset({SUCCEEDED, "refund.updated", "refund.failed"})
