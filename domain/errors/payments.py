"""What is refused about money."""

from domain.errors.kinds import Conflict, Declined, Invalid


class PaymentMethodUnknown(Invalid):
    code = "payment_method_unknown"


class PaymentRefused(Conflict):
    code = "payment_refused"


class PaymentDeclined(Declined):
    code = "payment_declined"


class CaptureFailed(Conflict):
    code = "capture_failed"


class RefundExceedsRemaining(Conflict):
    code = "refund_exceeds_remaining"


class InvalidAmount(Invalid):
    code = "invalid_amount"
