"""Codes in plain words, and the sums of an order by name."""

from decimal import Decimal

from activities.emails import captures
from activities.emails.facts import OrderFacts
from activities.emails.formatting import moment, money, percent
from domain.lifecycle import CancelReason

_ASK_THE_BANK = "The bank declined the payment. It can tell you why."
_BANK_AWAY = "The bank could not be reached. Trying again in a moment usually helps."
_LIMIT = "The limit of the card or account is used up."
_NOT_AUTHENTICATED = "The payment was not approved with the bank."
_NO_FUNDS = "There is not enough money on the card or account."
_EXPIRED = "The card has expired."
_SECURITY_CODE = "The card's security code was not right."
_NUMBER = "The card number was not right."
_EXPIRY = "The card's expiry date was not right."
_BANKS = "Banks take five to ten business days to show it."  # https://docs.stripe.com/refunds
_UNSUITED = "The card cannot be used for this kind of payment."

# https://docs.stripe.com/declines/codes; lost, stolen and suspicious cards are to sound like any other.
_DECLINES = {
    "insufficient_funds": _NO_FUNDS,
    "expired_card": _EXPIRED,
    "incorrect_cvc": _SECURITY_CODE,
    "invalid_cvc": _SECURITY_CODE,
    "incorrect_number": _NUMBER,
    "invalid_number": _NUMBER,
    "invalid_expiry_month": _EXPIRY,
    "invalid_expiry_year": _EXPIRY,
    "processing_error": _BANK_AWAY,
    "issuer_not_available": _BANK_AWAY,
    "try_again_later": _BANK_AWAY,
    "reenter_transaction": _BANK_AWAY,
    "card_velocity_exceeded": _LIMIT,
    "withdrawal_count_limit_exceeded": _LIMIT,
    "authentication_required": _NOT_AUTHENTICATED,
    "payment_intent_authentication_failure": _NOT_AUTHENTICATED,
    "authentication_not_handled": _NOT_AUTHENTICATED,
    "mobile_device_authentication_required": _NOT_AUTHENTICATED,
    "card_not_supported": _UNSUITED,
    "currency_not_supported": _UNSUITED,
    "transaction_not_allowed": _UNSUITED,
}


def decline(code: str | None) -> str:
    """Why the payment failed, for the one who tried to pay."""
    return _DECLINES.get(code or "", _ASK_THE_BANK)


def cancellation(order: OrderFacts) -> str:
    """Why the order was cancelled, for the customer."""
    shop = order.shop.name
    late = "It was not shipped while your bank held the payment."
    reasons = {
        CancelReason.CUSTOMER: "You cancelled it.",
        CancelReason.OUT_OF_STOCK: "Something in it is no longer in stock.",
        CancelReason.PAYMENT_FAILED: "It could not be paid.",
        CancelReason.EXPIRED: late if order.authorization else "It was not paid in time.",
        CancelReason.FRAUD: f"{shop} could not accept it.",
    }
    return _reason(reasons, order, f"{shop} cancelled it.")


def cancellation_for_vendor(order: OrderFacts) -> str:
    """Why the order was cancelled, for the shop."""
    late = "It was not shipped while the customer's bank held the payment."
    reasons = {
        CancelReason.CUSTOMER: "The customer cancelled it.",
        CancelReason.VENDOR: "It was cancelled by your shop.",
        CancelReason.OUT_OF_STOCK: "Something in it is no longer in stock.",
        CancelReason.PAYMENT_FAILED: "It could not be paid.",
        CancelReason.EXPIRED: late if order.authorization else "It was not paid in time.",
        CancelReason.FRAUD: "It was taken for fraud.",
    }
    return _reason(reasons, order, "It was cancelled by the platform.")


def cancellation_money(order: OrderFacts) -> str:
    """Whether money goes back after a cancellation, for the customer."""
    if order.paid_amount == 0:
        return "You have not been charged."
    if order.cancel_refund == 0:
        return "Everything you paid has gone back to you before."
    amount = money(order.cancel_refund, order.currency)
    if order.paid_by_hand:
        return f"{order.shop.name} pays {amount} back to you."
    return f"{amount} goes back to you the way you paid. {_BANKS}"


def cancellation_money_for_vendor(order: OrderFacts) -> str:
    """Whether money goes back after a cancellation, for the shop."""
    if order.paid_amount == 0:
        return "It had not been paid."
    if order.cancel_refund == 0:
        return "What was paid had been refunded before."
    amount = money(order.cancel_refund, order.currency)
    if order.paid_by_hand:
        return f"Please pay {amount} back to the customer."
    return f"{amount} is being refunded to the customer."


def refunded(order: OrderFacts) -> str:
    """The amount of the refund that the e-mail is about. Raises ValueError when there is none."""
    if order.refund_amount is None:
        raise ValueError("there is no refund to tell of")
    return money(order.refund_amount, order.currency)


def refund(order: OrderFacts) -> str:
    """What becomes of the refund, for the customer."""
    if order.paid_by_hand:
        return f"{order.shop.name} has paid {refunded(order)} back to you."
    return f"{refunded(order)} is going back to you the way you paid. {_BANKS}"


def payment_for_vendor(order: OrderFacts) -> str:
    """Whether a new order is paid, for the shop."""
    if order.paid_amount > 0:
        return "It is paid and waits to be shipped."
    if order.is_authorized:
        return captures.held(order)
    if order.pay_until is None:
        return "Please confirm it once you have the money."
    return (
        f"Please confirm it once you have the money, until {moment(order.pay_until)}. "
        "After that it is cancelled."
    )


def totals(order: OrderFacts) -> tuple[tuple[str, str], ...]:
    """What leads from the items to the total, each by name; the total itself is apart."""
    rows = [("Subtotal", order.subtotal)]
    if order.discount_amount:
        rows.append(("Discount", -order.discount_amount))
    rows.append(("Shipping", order.shipping_cost))
    if not order.prices_include_tax:
        rows.append((_vat(order), order.tax_amount))
    return tuple((name, money(amount, order.currency)) for name, amount in rows)


def included_tax(order: OrderFacts) -> str | None:
    """The tax that prices contain, where they do."""
    if not order.prices_include_tax:
        return None
    return f"Includes {_vat(order)}: {money(order.tax_amount, order.currency)}"


def how_to_pay(order: OrderFacts) -> str:
    """What the shop says about paying without Stripe, or where to ask when it says nothing."""
    if order.shop.payment_instructions:
        return order.shop.payment_instructions
    return (
        "Pay by bank transfer or when you pick the order up, and give the reference. If you do not have the "
        f"bank details of {order.shop.name}, ask for them by answering this e-mail."
    )


def _vat(order: OrderFacts) -> str:
    rates: set[Decimal] = {item.tax_rate for item in order.items}
    return f"VAT {percent(rates.pop())}" if len(rates) == 1 else "VAT"


def _reason(reasons: dict[CancelReason, str], order: OrderFacts, otherwise: str) -> str:
    return (
        otherwise
        if order.cancel_reason is None
        else reasons.get(CancelReason(order.cancel_reason), otherwise)
    )
