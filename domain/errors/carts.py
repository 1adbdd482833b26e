"""What is refused of a cart, and of how it is to be shipped."""

from domain.errors.kinds import Conflict, Invalid, NotFound


class CartNotFound(NotFound):
    code = "cart_not_found"


class CartItemNotFound(NotFound):
    code = "cart_item_not_found"


class CartEmpty(Conflict):
    code = "cart_empty"


class CartChanged(Conflict):
    code = "cart_changed"


class SessionIdInvalid(Invalid):
    code = "session_id_invalid"


class AddressMissing(NotFound):
    code = "address_not_found"


class AddressNotFound(Invalid):
    code = "address_not_found"


class ShippingMethodUnknown(Invalid):
    code = "shipping_method_unknown"


class CountryNotSupported(Invalid):
    code = "country_not_supported"
