"""Currencies: which there are, their smallest charge, and how Stripe writes an amount in a message."""

from local.stripe_sandbox.errors import RefusedRequestError, invalid


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Charges are taken in these without decimals: https://docs.stripe.com/currencies#zero-decimal
ZERO_DECIMAL = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf")
# Smallest charge in minor units, and how Stripe writes it: https://docs.stripe.com/currencies#minimum-and-maximum
_MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
_OTHER = _codes(
    "afn all amd ang aoa ars awg azn bam bbd bdt bmd bnd bob bsd bwp bzd cdf cny cop crc cve dop dzd "
    "egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils isk jmd kes kgs khr kyd kzt lak lbp lkr lrd "
    "lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar "
    "sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw"
)
CURRENCIES = frozenset(_MINIMUM) | _OTHER | ZERO_DECIMAL
_SYMBOL = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}
# Eight digits: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
MAXIMUM = 99_999_999


def written(amount: int, currency: str) -> str:
    """An amount in minor units as Stripe's messages write it, `€19.90`."""
    number = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount // 100:,}.{amount % 100:02}"
    symbol = _SYMBOL.get(currency)
    return f"{number} {currency.upper()}" if symbol is None else f"{symbol}{number}"


def checked_currency(currency: str) -> str:
    """The lower-case code.

    Raises `RefusedRequestError` 400 for a currency Stripe does not have.
    """
    code = currency.lower()
    if code not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {code}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param="currency",
        )
    return code


def check_amount(amount: int, currency: str) -> None:
    """Raises `RefusedRequestError` 400 `amount_too_small` or `amount_too_large`."""
    minimum = _MINIMUM.get(currency, 50)
    if amount < minimum:
        raise _amount_refused("amount_too_small", f"Amount must be at least {_smallest(minimum, currency)}")
    if amount > MAXIMUM:
        least = written(MAXIMUM, currency)
        raise _amount_refused("amount_too_large", f"Amount must be no more than {least}")


def _smallest(minimum: int, currency: str) -> str:
    if currency in {"usd", "eur"}:
        return f"{minimum} cents"
    return written(minimum, currency)


def _amount_refused(code: str, message: str) -> RefusedRequestError:
    return invalid(message, code=code, param="amount")
