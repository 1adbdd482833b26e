"""Everything that can be refused, as facts.

One tree, without HTTP: the API gives each kind its status. A fact's `code` is its name in snake case, is what
crosses the workflow boundary (see `rebuild`), and is part of the public contract.

    DomainError
    ├── NotFound            missing, or not the caller's
    │   └── Order, Cart, CartItem, Product, Vendor, VendorUser, Customer, Placement, Import, BulkJob,
    │       ShippingRate, Admin ...NotFound,
    │       AddressMissing (address book; shares the code address_not_found), LinkInvalid
    ├── Gone                was there, and is over
    │   └── LinkExpired
    ├── Conflict            valid, but not in the present state of things
    │   └── CartEmpty, CartChanged, InsufficientStock, ProductUnavailable, TransitionNotAllowed, OrderClosed,
    │       RefundExceedsRemaining, PaymentRefused, CaptureFailed, EmailTaken, SkuTaken, VendorCodeTaken,
    │       CurrencyFixed, ProductChanged, StockMoved, StockTooLow, ImportNotReady, ImportHasWrongRows,
    │       BulkJobOver, SettingsChanged, LastOwner
    ├── Invalid             can never be right as it was sent
    │   └── AddressNotFound, ShippingMethodUnknown, ShippingRateRepeated, PaymentMethodUnknown,
    │       CountryNotSupported, CurrencyNotSupported, IdempotencyKeyReused, IdempotencyKeyInvalid,
    │       SessionIdInvalid, InvalidAmount, PrefixInvalid, TrackingNumberInvalid, OperatorRequestInvalid,
    │       CorrectionInvalid, ImportFileInvalid, TooManyOrders, NoOrdersMatch
    ├── Unauthenticated     InvalidCredentials, TokenInvalid, TokenExpired
    ├── Forbidden           WrongAudience, CsrfInvalid
    ├── Declined            PaymentDeclined
    ├── TooManyRequests     RateLimited
    └── Unavailable         EngineUnavailable, DatabaseUnavailable, PaymentProviderUnavailable, Overloaded
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, TypeAlias

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"


class DomainError(Exception):
    """A refusal with a stable `code`, a sentence for the reader and JSON fields (amounts as strings)."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, message: str, **fields: JsonValue) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, JsonValue] = fields


class NotFound(DomainError):  # noqa: N818 - errors are named as facts
    code = "not_found"


class Gone(DomainError):  # noqa: N818 - errors are named as facts
    code = "gone"


class Conflict(DomainError):  # noqa: N818 - errors are named as facts
    code = "conflict"


class Invalid(DomainError):  # noqa: N818 - errors are named as facts
    code = "invalid"


class Unauthenticated(DomainError):  # noqa: N818 - errors are named as facts
    code = "unauthenticated"


class Forbidden(DomainError):  # noqa: N818 - errors are named as facts
    code = "forbidden"


class Declined(DomainError):  # noqa: N818 - errors are named as facts
    code = "declined"


class TooManyRequests(DomainError):  # noqa: N818 - errors are named as facts
    code = "too_many_requests"


class Unavailable(DomainError):  # noqa: N818 - errors are named as facts
    code = "unavailable"


class OrderNotFound(NotFound):
    code = "order_not_found"


class CartNotFound(NotFound):
    code = "cart_not_found"


class CartItemNotFound(NotFound):
    code = "cart_item_not_found"


class ProductNotFound(NotFound):
    code = "product_not_found"


class VendorNotFound(NotFound):
    code = "vendor_not_found"


class VendorUserNotFound(NotFound):
    code = "vendor_user_not_found"


class AdminNotFound(NotFound):
    code = "admin_not_found"


class CustomerNotFound(NotFound):
    code = "customer_not_found"


class PlacementNotFound(NotFound):
    code = "placement_not_found"


class ImportNotFound(NotFound):
    code = "import_not_found"


class BulkJobNotFound(NotFound):
    code = "bulk_job_not_found"


class AddressMissing(NotFound):
    code = "address_not_found"


class ShippingRateNotFound(NotFound):
    code = "shipping_rate_not_found"


class LinkInvalid(NotFound):
    code = "link_invalid"


class LinkExpired(Gone):
    code = "link_expired"


class CartEmpty(Conflict):
    code = "cart_empty"


class CartChanged(Conflict):
    code = "cart_changed"


class InsufficientStock(Conflict):
    code = "insufficient_stock"


class ProductUnavailable(Conflict):
    code = "product_unavailable"


class TransitionNotAllowed(Conflict):
    code = "transition_not_allowed"


class OrderClosed(Conflict):
    code = "order_closed"


class RefundExceedsRemaining(Conflict):
    code = "refund_exceeds_remaining"


class PaymentRefused(Conflict):
    code = "payment_refused"


class CaptureFailed(Conflict):
    code = "capture_failed"


class EmailTaken(Conflict):
    code = "email_taken"


class SkuTaken(Conflict):
    code = "sku_taken"


class VendorCodeTaken(Conflict):
    code = "vendor_code_taken"


class CurrencyFixed(Conflict):
    code = "currency_fixed"


class ProductChanged(Conflict):
    code = "product_changed"


class StockMoved(Conflict):
    code = "stock_moved"


class StockTooLow(Conflict):
    code = "stock_too_low"


class ImportNotReady(Conflict):
    code = "import_not_ready"


class ImportHasWrongRows(Conflict):
    code = "import_has_wrong_rows"


class CorrectionInvalid(Invalid):
    code = "correction_invalid"


class ImportFileInvalid(Invalid):
    code = "import_file_invalid"


class BulkJobOver(Conflict):
    code = "bulk_job_over"


class LastOwner(Conflict):
    code = "last_owner"


class SettingsChanged(Conflict):
    code = "settings_changed"


class AddressNotFound(Invalid):
    code = "address_not_found"


class ShippingMethodUnknown(Invalid):
    code = "shipping_method_unknown"


class ShippingRateRepeated(Invalid):
    code = "shipping_rate_repeated"


class PaymentMethodUnknown(Invalid):
    code = "payment_method_unknown"


class CountryNotSupported(Invalid):
    code = "country_not_supported"


class CurrencyNotSupported(Invalid):
    code = "currency_not_supported"


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"


class IdempotencyKeyInvalid(Invalid):
    code = "idempotency_key_invalid"


class SessionIdInvalid(Invalid):
    code = "session_id_invalid"


class InvalidAmount(Invalid):
    code = "invalid_amount"


class PrefixInvalid(Invalid):
    code = "prefix_invalid"


class TrackingNumberInvalid(Invalid):
    code = "tracking_number_invalid"


class OperatorRequestInvalid(Invalid):
    code = "operator_request_invalid"


class TooManyOrders(Invalid):
    code = "too_many_orders"


class NoOrdersMatch(Invalid):
    code = "no_orders_match"


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"


class CsrfInvalid(Forbidden):
    code = "csrf_invalid"


class TokenInvalid(Unauthenticated):
    code = "token_invalid"


class TokenExpired(Unauthenticated):
    code = "token_expired"


class WrongAudience(Forbidden):
    code = "forbidden"


class PaymentDeclined(Declined):
    code = "payment_declined"


class RateLimited(TooManyRequests):
    code = "rate_limited"


class EngineUnavailable(Unavailable):
    code = "engine_unavailable"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class Overloaded(Unavailable):
    """More comes in than can be done; `retry_after` is when it makes sense to come back, in seconds."""

    code = "overloaded"


class PaymentProviderUnavailable(Unavailable):
    code = "payment_provider_unavailable"


def _facts() -> Iterator[type[DomainError]]:
    for kind in DomainError.__subclasses__():
        yield from kind.__subclasses__()


# address_not_found is two facts; the one raised while placing is the one that crosses the workflow boundary.
ERRORS_BY_CODE: Mapping[str, type[DomainError]] = {
    fact.code: fact for fact in _facts() if fact is not AddressMissing
}


def rebuild(code: str, message: str, fields: Mapping[str, JsonValue]) -> DomainError:
    """The error that was carried over a process boundary as its code, message and fields.

    Raises KeyError for a code that is none of ours: such a failure is not a business refusal.
    """
    return ERRORS_BY_CODE[code](message, **fields)
