"""Everything that can be refused, as facts.

One tree, without HTTP: the API gives each kind its status. Each noun's facts have a file. A fact's `code` is
its name in snake case, is what crosses the workflow boundary (see `rebuild`), and is part of the public
contract.

    DomainError
    ├── NotFound            missing, or not the caller's
    │   └── Order, Cart, CartItem, Product, Vendor, VendorUser, Customer, Placement, Import, BulkJob,
    │       ShippingRate, Invoice, Admin ...NotFound,
    │       AddressMissing (address book; shares the code address_not_found), LinkInvalid
    ├── Gone                was there, and is over
    │   └── LinkExpired
    ├── Conflict            valid, but not in the present state of things
    │   └── CartEmpty, CartChanged, InsufficientStock, ProductUnavailable, TransitionNotAllowed, OrderClosed,
    │       RefundExceedsRemaining, PaymentRefused, CaptureFailed, EmailTaken, SkuTaken, VendorCodeTaken,
    │       CurrencyFixed, ProductChanged, StockMoved, StockTooLow, ImportNotReady, ImportHasWrongRows,
    │       BulkJobOver, SettingsChanged, LastOwner, InvoiceNotDue, InvoicingNotSetUp
    ├── Invalid             can never be right as it was sent
    │   └── AddressNotFound, ShippingMethodUnknown, ShippingRateRepeated, PaymentMethodUnknown,
    │       CountryNotSupported, CurrencyNotSupported, IdempotencyKeyReused, IdempotencyKeyInvalid,
    │       SessionIdInvalid, InvalidAmount, PrefixInvalid, TrackingNumberInvalid, OperatorRequestInvalid,
    │       CorrectionInvalid, ImportFileInvalid, TooManyOrders, NoOrdersMatch, IssuerInvalid
    ├── Unauthenticated     InvalidCredentials, TokenInvalid, TokenExpired
    ├── Forbidden           WrongAudience, CsrfInvalid
    ├── Declined            PaymentDeclined
    ├── TooManyRequests     RateLimited
    └── Unavailable         EngineUnavailable, DatabaseUnavailable, PaymentProviderUnavailable, Overloaded
"""

from collections.abc import Iterator, Mapping

from domain.errors.carts import *
from domain.errors.kinds import *
from domain.errors.kinds import DomainError, JsonValue
from domain.errors.load import *
from domain.errors.orders import *
from domain.errors.payments import *
from domain.errors.people import *
from domain.errors.products import *
from domain.errors.vendors import *


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
