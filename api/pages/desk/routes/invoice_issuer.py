"""Who is named as the seller on the shop's invoices."""

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.countries import every_country, with_countries
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.settings_form import read_version
from api.pages.desk.visits import Owner, Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.pages.rendering import language_of
from api.schemas.invoice_issuers import MAX_FOOTER, GivenIssuer, present_issuer
from db.queries.invoice_issuers import find_issuer, save_issuer
from db.queries.shop_settings import lock_settings
from db.tables import Vendor
from domain.errors import SettingsChanged

router = desk_router()


@router.get("/settings/invoices")
async def show_issuer(visit: Staff) -> HTMLResponse:
    """The seller: for the owner to say, for all others to see."""
    return await _page(visit, None)


@router.post("/settings/invoices")
async def change_issuer(form: SentForm, visit: Owner, database: DatabaseDep) -> Response:
    """Say who sells; refused where somebody else changed the settings since they were shown."""
    given = form.read(GivenIssuer)
    if given is None:
        return await _page(visit, form)
    try:
        async with database.vendor(visit.vendor.id) as session:
            await lock_settings(session, vendor_id=visit.vendor.id, version=read_version(form))
            await save_issuer(session, vendor_id=visit.vendor.id, lines=given.model_dump())
    except SettingsChanged as refused:
        return await _page(visit, form, problem=visit.explain(refused))
    return visit.redirect("/settings/invoices?saved=1")


async def _page(visit: StaffVisit, typed: Form | None, *, problem: str | None = None) -> HTMLResponse:
    async with visit.context.database.reading(visit.vendor.id) as session:
        vendor = await session.get_one(Vendor, visit.vendor.id)
        issuer = present_issuer(await find_issuer(session, vendor_id=visit.vendor.id), vendor)
    form = typed or Form(issuer.model_dump(exclude={"is_set_up"}))
    language = language_of(visit.request)
    return visit.page(
        "desk/settings/invoices.html" if visit.is_owner else "desk/settings/invoices_seen.html",
        status_code=422 if form.problems else 409 if problem else 200,
        form=form,
        problem=problem,
        issuer=issuer,
        # Sent once more, it is about what is stored by now, which the page says.
        version=vendor.updated_at.isoformat(),
        countries=with_countries(every_country(language), [form.get("country")], language),
        max_footer=MAX_FOOTER,
        saved="saved" in visit.request.query_params,
    )
