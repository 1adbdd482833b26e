"""The checkout up to the payment: who buys, where it goes, and how."""

from fastapi import Request
from fastapi.responses import Response

from api.customer_accounts import add_guest
from api.dependencies import DatabaseDep
from api.pages.countries import list_countries
from api.pages.forms import Form, SentForm
from api.pages.rendering import language_of
from api.pages.shop.addresses import read_address
from api.pages.shop.choices import Choice, read_choice
from api.pages.shop.routes.cart import read_cart
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import ShopVisit, Visit
from api.pages.wording import marked_refusal
from api.request_limits import RequestLimitsDep
from api.schemas.carts import present_cart
from api.schemas.customers import Guest
from db.queries import addresses, shop_settings
from db.tables import CustomerAddress
from domain.errors import RateLimited
from domain.shipping import rates_to, serves

router = page_router()
_BILLING = "billing"


@router.get("/checkout")
async def show_checkout(request: Request, visit: ShopVisit) -> Response:
    """Addresses and the way of shipping, or before that who buys; an empty cart comes first."""
    return await checkout_page(visit, read_choice(request), Form(), adding="new" in request.query_params)


@router.post("/checkout/guest")
async def continue_as_guest(
    form: SentForm, visit: ShopVisit, database: DatabaseDep, limits: RequestLimitsDep
) -> Response:
    """Go on with only an e-mail address; whoever is signed in already stays so."""
    if visit.customer is not None:
        return visit.redirect("/checkout")
    given = form.read(Guest)
    if given is None:
        return await checkout_page(visit, Choice(), form)
    try:
        guest = await add_guest(database, limits, visit.vendor.id, given)
    except RateLimited as refused:
        form.problems["email"] = marked_refusal(refused)
        return await checkout_page(visit, Choice(), form)
    response = visit.redirect("/checkout")
    visit.signed_in(response, guest)
    return response


@router.post("/checkout/addresses")
async def add_address(request: Request, form: SentForm, visit: ShopVisit, database: DatabaseDep) -> Response:
    """A new address, chosen at once: to ship to, or to bill."""
    customer, choice = visit.customer, read_choice(request)
    if customer is None:
        return visit.redirect("/checkout")
    async with database.vendor(visit.vendor.id) as session:
        given = await read_address(session, form)
        if given is not None:
            address = await addresses.add_address(
                session, vendor_id=visit.vendor.id, customer_id=customer.id, values=given.model_dump()
            )
    if given is None:
        return await checkout_page(visit, choice, form, adding=True)
    to_bill = form.get("purpose") == _BILLING
    chosen = Choice(
        shipping=choice.shipping if to_bill else address.id,
        billing=address.id if to_bill else choice.billing,
        method=choice.method,
    )
    return visit.redirect(f"/checkout?{chosen.query}")


async def checkout_page(visit: Visit, choice: Choice, form: Form, *, adding: bool = False) -> Response:
    """The step of the checkout that comes next before the payment."""
    async with visit.context.database.vendor(visit.vendor.id) as session:
        cart, lines = await read_cart(session, visit)
        settings = await shop_settings.get_settings(session, vendor_id=visit.vendor.id)
        customer_id = visit.customer_id
        book = list(await addresses.list_addresses(session, customer_id=customer_id)) if customer_id else []
        countries = await list_countries(session, language_of(visit.request))
    rates = settings.country_rates
    purpose = form.get("purpose") or visit.request.query_params.get("new", "")
    if not lines or not all(line.available for line in lines):
        return visit.redirect("/cart")
    presented = present_cart(visit.session_id, cart, lines, currency=visit.vendor.currency)
    if visit.customer is None:
        return visit.page(
            "shop/checkout_who.html", status_code=422 if form.problems else 200, form=form, cart=presented
        )
    unserved = {address.id for address in book if not serves(address.country, rates)}
    chosen = _with_addresses(choice, book, unserved)
    methods = rates_to(_country(chosen, book), rates)
    return visit.page(
        "shop/checkout_address.html",
        status_code=422 if form.problems else 200,
        form=form,
        cart=presented,
        addresses=book,
        unserved=unserved,
        countries=countries
        if purpose == _BILLING or not rates
        else [country for country in countries if serves(country.code, rates)],
        ships=bool(rates),
        methods=methods,
        choice=_with_method(chosen, [method.code for method in methods]),
        adding=adding or not book,
        purpose=purpose,
        method_gone="method_gone" in visit.request.query_params,
    )


def _with_addresses(choice: Choice, book: list[CustomerAddress], unserved: set[int]) -> Choice:
    """The choice with the first address that is shipped to, as long as none is chosen."""
    known = [address.id for address in book]
    preferred = [one for one in known if one not in unserved] or known
    shipping = choice.shipping if choice.shipping in known else next(iter(preferred), None)
    billing = choice.billing if choice.billing in known and choice.billing != shipping else None
    return Choice(shipping=shipping, billing=billing, method=choice.method)


def _country(choice: Choice, book: list[CustomerAddress]) -> str:
    """Where the order goes; empty without an address."""
    return next((address.country for address in book if address.id == choice.shipping), "")


def _with_method(choice: Choice, methods: list[str]) -> Choice:
    """The choice with the first way of shipping as long as nobody chose one of those that there are."""
    method = choice.method if choice.method in methods else next(iter(methods), None)
    return Choice(shipping=choice.shipping, billing=choice.billing, method=method)
