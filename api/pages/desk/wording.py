"""Words for codes that only the people of a shop read.

The marked texts are translated where they are shown.
"""


def _(text: str) -> str:
    """Marks a text for the catalogue."""
    return text


# What somebody does to bring an order into a status.
ACTIONS: dict[str, str] = {
    "confirmed": _("Confirm payment"),
    "processing": _("Start preparing"),
    "shipped": _("Mark as shipped"),
    "delivered": _("Mark as delivered"),
    "cancelled": _("Cancel order"),
}

PAYMENTS: dict[str, str] = {
    "pending": _("Not paid"),
    "authorized": _("Authorised"),
    "paid": _("Paid"),
    "failed": _("Payment failed"),
    "partially_refunded": _("Partly refunded"),
    "refunded": _("Refunded"),
    "voided": _("Not charged"),
}

PAYMENT_METHODS: dict[str, str] = {
    "stripe": _("Online, by Stripe"),
    "manual": _("By bank transfer or at pick-up"),
}

REFUNDS: dict[str, str] = {
    "pending": _("On its way"),
    "succeeded": _("Sent"),
    "failed": _("Failed"),
}

# Why somebody of the shop cancels; the keys are those that the JSON route takes.
VENDOR_REASONS: dict[str, str] = {
    "vendor": _("The shop cannot or does not want to deliver it"),
    "out_of_stock": _("Something in it is out of stock"),
    "fraud": _("It looks like fraud"),
    "other": _("Another reason"),
}
CANCEL_REASONS: dict[str, str] = {
    **VENDOR_REASONS,
    "vendor": _("by the shop"),
    "customer": _("by the customer"),
    "out_of_stock": _("something in it was out of stock"),
    "payment_failed": _("it could not be paid"),
    "expired": _("its time ran out"),
    "fraud": _("it looked like fraud"),
    "other": _("for another reason"),
}

# What an order waits for, by step.
WAITS: dict[str, str] = {
    "payment": _("Payment"),
    "bank": _("The bank's answer to the payment"),
    "confirmation": _("Confirmation that the money has arrived"),
    "processing": _("Being prepared"),
    "shipping": _("Being shipped"),
    "delivery": _("Delivery"),
    "return_window": _("The end of the time for returns"),
    "refund": _("A refund to go through"),
    "dispute": _("The dispute to be settled"),
    "operator": _("Somebody to look at it"),
}
PARTIES: dict[str, str] = {
    "customer": _("the customer"),
    "vendor": _("your shop"),
    "carrier": _("the carrier"),
    "bank": _("the bank"),
    "stripe": _("Stripe"),
    "operator": _("the platform's operators"),
}

EMAILS: dict[str, str] = {
    "order_received": _("Order received"),
    "order_confirmation": _("Order confirmed"),
    "payment_failed": _("Payment failed"),
    "order_shipped": _("Order shipped"),
    "order_delivered": _("Order delivered"),
    "order_cancelled": _("Order cancelled"),
    "refund_issued": _("Refund"),
    "vendor_new_order": _("New order"),
    "vendor_order_cancelled": _("Order cancelled"),
    "vendor_capture_due": _("Please ship soon"),
    "vendor_dispute_opened": _("Dispute opened"),
    "vendor_dispute_closed": _("Dispute closed"),
    "customer_message": _("Message from the shop"),
    "vendor_message": _("Message from the customer"),
}

# What reconciliation finds about an order; others are shown in its own words.
FINDINGS: dict[str, str] = {
    "payment_unheard": _("Stripe's news about the payment did not arrive."),
    "refund_unheard": _("Stripe's news about a refund did not arrive."),
    "workflow_missing": _("Nothing moves this order on by itself at the moment."),
    "refund_stalled": _("A refund does not get on."),
    "payment_not_there": _("Stripe does not know the payment of this order."),
    "payment_reference_differs": _("Stripe has the payment of this order under another name."),
    "payment_amount_differs": _("Stripe and this order differ about what was paid."),
    "authorization_left": _("The bank still holds an amount for this order."),
    "refund_unknown": _("Stripe has a refund that this order does not know."),
    "refund_not_there": _("Stripe does not know a refund of this order."),
    "refund_amount_differs": _("Stripe and this order differ about a refund."),
    "cancelled_not_refunded": _("The order is cancelled and its money did not go back."),
    "stock_leaked": _("Stock is held for this order that it does not need any more."),
    "stock_unclaimed": _("Stock is not held as this order needs it."),
    "events_not_numbered": _("The history of this order has a gap."),
    "totals_not_derived": _("The amounts of this order do not add up."),
    "workflow_lingers": _("The order is over and something still runs for it."),
    "workflow_stuck": _("A step of this order fails again and again."),
    "workflow_failed": _("A step of this order failed for good."),
    "message_not_notified": _("Somebody was not told of a message by e-mail."),
}

# https://docs.stripe.com/api/disputes/object#dispute_object-reason
DISPUTE_REASONS: dict[str, str] = {
    "fraudulent": _("the cardholder says that they did not pay it"),
    "product_not_received": _("the customer says that nothing arrived"),
    "product_unacceptable": _("the customer says that it is not as described"),
    "duplicate": _("the customer says that they paid twice"),
    "credit_not_processed": _("the customer misses a refund"),
    "subscription_canceled": _("the customer says that they had cancelled"),
    "unrecognized": _("the cardholder does not recognise the payment"),
    "general": _("no reason was given"),
}
# https://docs.stripe.com/api/disputes/object#dispute_object-status
DISPUTES: dict[str, str] = {
    "warning_needs_response": _("The bank asks: your answer is due"),
    "warning_under_review": _("The bank asks: it has your answer"),
    "warning_closed": _("The bank's question is closed"),
    "needs_response": _("Your answer is due"),
    "under_review": _("The bank has your answer"),
    "won": _("Won"),
    "lost": _("Lost"),
    "prevented": _("Settled for the customer"),
}

# What an operator extended, and other places where a step stands in the midst of a sentence.
STEPS: dict[str, str] = {
    "payment": _("the payment"),
    "bank": _("the bank's answer"),
    "confirmation": _("the payment"),
    "processing": _("preparing"),
    "shipping": _("shipping"),
    "delivery": _("delivery"),
    "return_window": _("returns"),
}

# Reasons that the platform itself gives for a refund.
REFUND_REASONS: dict[str, str] = {
    "cancelled": _("The order was cancelled."),
    "paid after cancellation": _("The payment arrived after the order was cancelled."),
    "made at Stripe": _("It was made in the Stripe dashboard."),
}

# What a bulk change is to make of orders, and how it stands.
BULK_ACTIONS: dict[str, str] = {
    "confirmed": _("Confirm payment"),
    "processing": _("Start preparing"),
    "shipped": _("Mark as shipped"),
    "delivered": _("Mark as delivered"),
    "cancelled": _("Cancel"),
}
BULK_STATES: dict[str, str] = {
    "waiting": _("Beginning"),
    "running": _("Under way"),
    "paused": _("Paused"),
    "completed": _("Done"),
    "cancelled": _("Stopped"),
}
BULK_OUTCOMES: dict[str, str] = {
    "changed": _("Changed"),
    "unchanged": _("Had it already"),
    "refused": _("Refused"),
    "failed": _("No answer"),
    "cancelled": _("Not begun"),
    "pending": _("Still to come"),
}
# Why an order was not changed; the statuses are labels.
BULK_REASONS: dict[str, str] = {
    "transition_not_allowed": _("It was “%(status)s”, after which “%(requested)s” cannot follow."),
    "order_closed": _("It is closed."),
    "order_not_found": _("There is no such order."),
    "order_unanswered": _("It was told and did not answer in time; it may still change."),
    "capture_failed": _("The bank did not pay the authorised amount."),
}
