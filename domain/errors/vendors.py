"""What is refused about shops and how they are set up."""

from domain.errors.kinds import Conflict, Invalid, NotFound


class VendorNotFound(NotFound):
    code = "vendor_not_found"


class VendorCodeTaken(Conflict):
    code = "vendor_code_taken"


class PrefixInvalid(Invalid):
    code = "prefix_invalid"


class CurrencyFixed(Conflict):
    code = "currency_fixed"


class CurrencyNotSupported(Invalid):
    code = "currency_not_supported"


class SettingsChanged(Conflict):
    code = "settings_changed"


class ShippingRateNotFound(NotFound):
    code = "shipping_rate_not_found"


class ShippingRateRepeated(Invalid):
    code = "shipping_rate_repeated"


class InvoicingNotSetUp(Conflict):
    code = "invoicing_not_set_up"


class IssuerInvalid(Invalid):
    code = "issuer_invalid"
