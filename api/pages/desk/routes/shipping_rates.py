"""Where the shop ships to, and what it costs: its shipping rates."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.countries import list_countries, with_countries
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.settings_form import CHECKED, read_version
from api.pages.desk.visits import Owner, Staff, StaffVisit
from api.pages.forms import Form, SentForm
from api.pages.rendering import language_of
from api.pages.wording import NO_COUNTRY
from api.schemas.base import PathId
from api.schemas.shop_settings import GivenShippingRate
from db.queries import shipping_rates, shop_settings
from db.tables import ShippingMethod
from domain.errors import (
    CountryNotSupported,
    InvalidAmount,
    SettingsChanged,
    ShippingRateNotFound,
    ShippingRateRepeated,
)
from domain.shipping import serves

router = desk_router()
_LIST = "/settings/shipping"
_SOME = "some"
_FIELD_OF = {ShippingRateRepeated: "countries", CountryNotSupported: "countries", InvalidAmount: "price"}


@router.get("/settings/shipping")
async def list_rates(visit: Staff) -> HTMLResponse:
    """Every rate, in the order in which shoppers see them."""
    async with visit.context.database.reading(visit.vendor.id) as session:
        settings = await shop_settings.get_settings(session, vendor_id=visit.vendor.id)
        countries = await list_countries(session, language_of(visit.request))
    return visit.page(
        "desk/settings/shipping.html",
        rates=settings.shipping_rates,
        version=settings.vendor.updated_at.isoformat(),
        unserved=[country for country in countries if not serves(country.code, settings.country_rates)],
        done=visit.request.query_params.get("done", ""),
    )


@router.get("/settings/shipping/new")
async def show_new_rate(visit: Owner) -> HTMLResponse:
    """The form for one more rate."""
    return await _form_page(visit, Form({"is_active": CHECKED}), None)


@router.post("/settings/shipping")
async def add_rate(form: SentForm, visit: Owner) -> Response:
    """One more rate, after all others."""
    return await _save(visit, form, None)


@router.get("/settings/shipping/{rate_id}")
async def show_rate(rate_id: PathId, visit: Owner, database: DatabaseDep) -> HTMLResponse:
    """A rate, to be changed."""
    async with database.reading(visit.vendor.id) as session:
        rate = await shipping_rates.get_rate(session, rate_id=rate_id)
    return await _form_page(visit, _filled(rate), rate_id)


@router.post("/settings/shipping/{rate_id}")
async def change_rate(rate_id: PathId, form: SentForm, visit: Owner) -> Response:
    """Change a rate. Orders keep what they were placed with."""
    return await _save(visit, form, rate_id)


@router.post("/settings/shipping/{rate_id}/move")
async def move_rate(
    rate_id: PathId, form: SentForm, visit: Owner, up: Annotated[bool, Query()] = False
) -> Response:
    """Show a rate one place earlier or later."""
    try:
        async with visit.context.database.vendor(visit.vendor.id) as session:
            await shop_settings.lock_settings(session, vendor_id=visit.vendor.id, version=read_version(form))
            await shipping_rates.move_rate(session, vendor_id=visit.vendor.id, rate_id=rate_id, up=up)
    except SettingsChanged:
        return visit.redirect(f"{_LIST}?done=conflict")
    return visit.redirect(f"{_LIST}?done=saved")


@router.post("/settings/shipping/{rate_id}/switch")
async def switch_rate(rate_id: PathId, form: SentForm, visit: Owner) -> Response:
    """Offer a rate, or do not offer it, as the form says: twice is as once."""
    async with visit.context.database.vendor(visit.vendor.id) as session:
        await shop_settings.lock_settings(session, vendor_id=visit.vendor.id, version=None)
        rate = await shipping_rates.get_rate(session, rate_id=rate_id)
        rate.is_active = form.get("is_active") == CHECKED
    return visit.redirect(f"{_LIST}?done=saved")


@router.post("/settings/shipping/{rate_id}/delete")
async def delete_rate(rate_id: PathId, form: SentForm, visit: Owner) -> Response:
    """Remove a rate as it was shown; one that is gone stays gone."""
    try:
        async with visit.context.database.vendor(visit.vendor.id) as session:
            await shipping_rates.get_rate(session, rate_id=rate_id)
            await shop_settings.lock_settings(session, vendor_id=visit.vendor.id, version=read_version(form))
            await shipping_rates.remove_rate(session, rate_id=rate_id)
    except ShippingRateNotFound:
        return visit.redirect(f"{_LIST}?done=deleted")
    except SettingsChanged:
        return visit.redirect(f"{_LIST}?done=conflict")
    return visit.redirect(f"{_LIST}?done=deleted")


async def _save(visit: StaffVisit, form: Form, rate_id: int | None) -> Response:
    price = form.get("price").strip()
    chosen = form.chosen.get("countries", []) if form.get("where") == _SOME else []
    given = form.read(
        GivenShippingRate,
        price=price.replace(",", ".") if price.count(",") == 1 and "." not in price else price,
        countries=chosen,
        is_active=form.get("is_active") == CHECKED,
    )
    if form.get("where") == _SOME and not chosen:
        form.problems["countries"] = NO_COUNTRY
    if given is None or form.problems:
        return await _form_page(visit, form, rate_id)
    try:
        async with visit.context.database.vendor(visit.vendor.id) as session:
            vendor = await shop_settings.lock_settings(
                session, vendor_id=visit.vendor.id, version=read_version(form)
            )
            await shipping_rates.save_rate(session, vendor=vendor, rate_id=rate_id, values=given.model_dump())
    except SettingsChanged as refused:
        return await _form_page(visit, form, rate_id, problem=visit.explain(refused))
    except tuple(_FIELD_OF) as refused:
        form.problems[_FIELD_OF[type(refused)]] = visit.explain(refused)
        return await _form_page(visit, form, rate_id)
    return visit.redirect(f"{_LIST}?done=saved")


def _filled(rate: ShippingMethod) -> Form:
    values = {
        "code": rate.code,
        "name": rate.name,
        "price": f"{rate.price:f}",
        "is_active": CHECKED if rate.is_active else "",
        "where": _SOME if rate.countries else "",
    }
    return Form(values, chosen={"countries": list(rate.countries)})


async def _form_page(
    visit: StaffVisit, form: Form, rate_id: int | None, *, problem: str | None = None
) -> HTMLResponse:
    chosen = form.chosen.get("countries", [])
    async with visit.context.database.reading(visit.vendor.id) as session:
        settings = await shop_settings.get_settings(session, vendor_id=visit.vendor.id)
        countries = await list_countries(session, language_of(visit.request))
    return visit.page(
        "desk/settings/shipping_rate.html",
        status_code=422 if form.problems else 409 if problem else 200,
        form=form,
        problem=problem,
        rate_id=rate_id,
        version=settings.vendor.updated_at.isoformat(),
        countries=with_countries(countries, chosen, language_of(visit.request)),
        chosen=chosen,
        codes=sorted({rate.code for rate in settings.shipping_rates}),
        vendor=settings.vendor,
    )
