"""The customer's address book."""

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.countries import list_countries
from api.pages.forms import Form, SentForm, from_our_page
from api.pages.rendering import language_of
from api.pages.shop.addresses import filled_form, read_address
from api.pages.shop.routes.shop import page_router
from api.pages.shop.visits import AccountVisit, CustomerVisit
from api.schemas.base import PathId
from db.queries import addresses
from domain.errors import AddressMissing

router = page_router()
_BOOK = "/account/addresses"


@router.get("/account/addresses")
async def list_addresses(visit: CustomerVisit, database: DatabaseDep) -> HTMLResponse:
    """All entries, the default first."""
    async with database.reading(visit.vendor.id) as session:
        found = await addresses.list_addresses(session, customer_id=visit.customer_id)
    return visit.page("shop/addresses.html", addresses=found)


@router.get("/account/addresses/new")
async def show_new_address(visit: CustomerVisit) -> HTMLResponse:
    """An empty form, with the customer's own name."""
    named = Form({"first_name": visit.customer.first_name, "last_name": visit.customer.last_name})
    return await _form_page(visit, named)


@router.post("/account/addresses")
async def add_address(form: SentForm, visit: CustomerVisit, database: DatabaseDep) -> Response:
    """A new entry."""
    async with database.vendor(visit.vendor.id) as session:
        given = await read_address(session, form)
        if given is not None:
            await addresses.add_address(
                session, vendor_id=visit.vendor.id, customer_id=visit.customer_id, values=given.model_dump()
            )
    return visit.redirect(_BOOK) if given else await _form_page(visit, form)


@router.get("/account/addresses/{address_id}")
async def show_address(address_id: PathId, visit: CustomerVisit, database: DatabaseDep) -> HTMLResponse:
    """One entry, to be changed."""
    async with database.reading(visit.vendor.id) as session:
        address = await addresses.get_address(session, customer_id=visit.customer_id, address_id=address_id)
    return await _form_page(visit, filled_form(address), address_id)


@router.post("/account/addresses/{address_id}")
async def save_address(
    address_id: PathId, form: SentForm, visit: CustomerVisit, database: DatabaseDep
) -> Response:
    """Change an entry. Orders keep the one they were placed with."""
    async with database.vendor(visit.vendor.id) as session:
        await addresses.get_address(session, customer_id=visit.customer_id, address_id=address_id)
        given = await read_address(session, form)
        if given is not None:
            await addresses.replace_address(
                session,
                customer_id=visit.customer_id,
                address_id=address_id,
                values=given.model_dump(),
            )
    return visit.redirect(_BOOK) if given else await _form_page(visit, form, address_id)


@router.post("/account/addresses/{address_id}/default", dependencies=[from_our_page])
async def make_default(address_id: PathId, visit: CustomerVisit, database: DatabaseDep) -> Response:
    """Use this entry unless another one is chosen."""
    async with database.vendor(visit.vendor.id) as session:
        await addresses.make_default(session, customer_id=visit.customer_id, address_id=address_id)
    return visit.redirect(_BOOK)


@router.post("/account/addresses/{address_id}/delete", dependencies=[from_our_page])
async def delete_address(address_id: PathId, visit: CustomerVisit, database: DatabaseDep) -> Response:
    """Remove an entry; one that is gone already, by a second click or in another tab, stays gone."""
    try:
        async with database.vendor(visit.vendor.id) as session:
            await addresses.delete_address(session, customer_id=visit.customer_id, address_id=address_id)
    except AddressMissing:
        pass
    return visit.redirect(_BOOK)


async def _form_page(visit: AccountVisit, form: Form, address_id: int | None = None) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        countries = await list_countries(session, language_of(visit.request))
    return visit.page(
        "shop/address.html",
        status_code=422 if form.problems else 200,
        form=form,
        countries=countries,
        address_id=address_id,
    )
