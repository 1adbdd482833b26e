"""The payment step: what the order costs, placing it, and paying an order that was placed."""

from fastapi import Request
from fastapi.responses import Response

from api.dependencies import DatabaseDep
from api.pages.choices import Choice, read_choice
from api.pages.routes.shop import page_router
from api.pages.visits import ShopVisit, Visit
from api.quoting import quote_cart
from api.schemas.base import PathId
from api.schemas.checkout import QuoteAnswer, QuoteRequest
from api.schemas.orders import CustomerOrderDetail, present_customer_detail
from db.queries import addresses, orders
from domain.capture import CaptureMethod
from domain.errors import (
    AddressMissing,
    AddressNotFound,
    CartEmpty,
    CartNotFound,
    CountryNotSupported,
    InsufficientStock,
    ProductUnavailable,
    ShippingMethodUnknown,
)
from domain.money import to_minor_units

router = page_router()
_CART_FIRST = (CartEmpty, CartNotFound, InsufficientStock, ProductUnavailable)
_ADDRESS_FIRST = (AddressMissing, AddressNotFound, CountryNotSupported, ShippingMethodUnknown)


@router.get("/checkout/payment")
async def show_payment(request: Request, visit: ShopVisit, database: DatabaseDep) -> Response:
    """The server's quote for what was chosen, and the ways to pay; leads back to whatever is missing."""
    choice = read_choice(request)
    if visit.customer is None or choice.shipping is None:
        return visit.redirect(f"/checkout?{choice.query}")
    wanted = QuoteRequest(
        session_id=visit.session_id,
        shipping_address_id=choice.shipping,
        shipping_method=choice.method or "standard",
    )
    try:
        async with database.vendor(visit.vendor.id) as session:
            customer_id = visit.customer.id
            quote = await quote_cart(
                session, vendor_id=visit.vendor.id, customer_id=customer_id, wanted=wanted
            )
            shipped_to, billed_to = [
                await addresses.get_address(session, customer_id=customer_id, address_id=address_id)
                for address_id in (choice.shipping, choice.billing or choice.shipping)
            ]
    except _CART_FIRST:
        return visit.redirect("/cart")
    except _ADDRESS_FIRST:
        return visit.redirect(f"/checkout?{Choice(method=choice.method).query}")
    return visit.page(
        "shop/checkout_payment.html",
        with_stripe=True,
        quote=quote,
        method=_shipping_name(quote, wanted.shipping_method),
        choice=Choice(choice.shipping, choice.billing, wanted.shipping_method),
        shipping_address=shipped_to,
        billing_address=billed_to,
        amount_minor=to_minor_units(quote.total_amount, quote.currency),
        captured_later=visit.vendor.capture_method == CaptureMethod.ON_SHIPMENT,
        publishable_key=visit.context.settings.stripe_publishable_key,
        stripe_js_url=visit.context.settings.stripe_js_url,
    )


@router.get("/account/orders/{order_id}/pay")
async def show_order_payment(order_id: PathId, visit: ShopVisit) -> Response:
    """Paying an order that waits for it; one that does not is simply shown."""
    order = await _own_order(visit, order_id)
    if order is None:
        return visit.redirect(f"/login?next=/account/orders/{order_id}/pay")
    if order.payment is None or order.payment.client_secret is None:
        return visit.redirect(f"/account/orders/{order_id}")
    return visit.page(
        "shop/order_payment.html",
        with_stripe=True,
        order=order,
        stripe_js_url=visit.context.settings.stripe_js_url,
    )


@router.get("/checkout/done/{order_id}")
async def show_confirmation(order_id: PathId, visit: ShopVisit) -> Response:
    """The order was placed: what happens next, following the order as it changes."""
    order = await _own_order(visit, order_id)
    if order is None:
        return visit.redirect(f"/login?next=/account/orders/{order_id}")
    return visit.page("shop/checkout_done.html", order=order)


async def _own_order(visit: Visit, order_id: int) -> CustomerOrderDetail | None:
    """The customer's order; None while nobody is signed in. Raises OrderNotFound."""
    if visit.customer is None:
        return None
    async with visit.context.database.reading(visit.vendor.id) as session:
        stored = await orders.get_order(session, order_id=order_id, customer_id=visit.customer.id)
        history = await orders.get_history(session, order_id=order_id)
    key = visit.context.settings.stripe_publishable_key
    return present_customer_detail(stored, history, publishable_key=key)


def _shipping_name(quote: QuoteAnswer, code: str) -> str:
    return next((method.name for method in quote.shipping_methods if method.code == code), code)
