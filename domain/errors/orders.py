"""What is refused about orders, and about placing them."""

from domain.errors.kinds import Conflict, Invalid, NotFound


class OrderNotFound(NotFound):
    code = "order_not_found"


class PlacementNotFound(NotFound):
    code = "placement_not_found"


class TransitionNotAllowed(Conflict):
    code = "transition_not_allowed"


class OrderClosed(Conflict):
    code = "order_closed"


class TrackingNumberInvalid(Invalid):
    code = "tracking_number_invalid"


class BulkJobNotFound(NotFound):
    code = "bulk_job_not_found"


class BulkJobOver(Conflict):
    code = "bulk_job_over"


class TooManyOrders(Invalid):
    code = "too_many_orders"


class NoOrdersMatch(Invalid):
    code = "no_orders_match"


class OperatorRequestInvalid(Invalid):
    code = "operator_request_invalid"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"


class IdempotencyKeyInvalid(Invalid):
    code = "idempotency_key_invalid"


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"


class InvoiceNotDue(Conflict):
    code = "invoice_not_due"
