"""The payment step: what the order costs, placing it, and paying an order that was placed."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.shop.choices import Choice, read_choice
from api.pages.shop.orders import Stage
from api.pages.shop.own_orders import read_own_order
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import CustomerVisit, ShopVisit
from api.quoting import quote_cart
from api.schemas.base import PathId
from api.schemas.checkout import QuoteAnswer, QuoteRequest
from db.queries import addresses
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
_DONE_BY_THE_SHOPPER = frozenset({"succeeded", "pending"})
_CART_FIRST = (CartEmpty, CartNotFound, InsufficientStock, ProductUnavailable)
_ADDRESS_FIRST = (AddressMissing, AddressNotFound, CountryNotSupported)


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
    except ShippingMethodUnknown:
        addressed = Choice(shipping=choice.shipping, billing=choice.billing)
        return visit.redirect(f"/checkout?{addressed.query}&method_gone=1")
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
async def show_order_payment(order_id: PathId, visit: CustomerVisit) -> Response:
    """Paying an order that waits for it; one that does not is simply shown."""
    own = await read_own_order(visit, order_id)
    if own.order.payment is None or own.order.payment.client_secret is None:
        return visit.redirect(f"/account/orders/{order_id}")
    return visit.page(
        "shop/order_payment.html",
        with_stripe=True,
        order=own.order,
        told=own.told,
        order_path=f"{visit.path}/account/orders/{order_id}",
        done_path=f"{visit.path}/checkout/done/{order_id}",
        stripe_js_url=visit.context.settings.stripe_js_url,
    )


@router.get("/checkout/done/{order_id}")
async def show_confirmation(
    order_id: PathId, visit: CustomerVisit, redirect_status: Annotated[str, Query(max_length=40)] = ""
) -> HTMLResponse:
    """The order was placed: what happens next, following the order as it changes.

    `redirect_status` is what Stripe's script told the browser. It changes words only, until the webhook has
    told us: https://docs.stripe.com/payments/accept-a-payment#web-post-payment
    """
    own = await read_own_order(visit, order_id)
    unsettled = own.told.stage in {Stage.OPENING, Stage.PAY, Stage.PAY_AGAIN}
    return visit.page(
        "shop/checkout_done.html",
        order=own.order,
        told=own.told,
        checking=unsettled and redirect_status in _DONE_BY_THE_SHOPPER,
        redirect_status=redirect_status if redirect_status in _DONE_BY_THE_SHOPPER else "",
    )


def _shipping_name(quote: QuoteAnswer, code: str) -> str:
    return next((method.name for method in quote.shipping_methods if method.code == code), code)
