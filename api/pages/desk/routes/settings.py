"""The shop's settings: how its orders are numbered, priced and paid."""

from datetime import UTC, datetime

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.currencies import list_currencies
from api.pages.desk.pricing_example import policy_name, pricing_example
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.settings_form import FIELD_OF, UNIT_NAMES, filled_form, read_settings, read_version
from api.pages.desk.visits import Owner, Staff, StaffVisit
from api.pages.desk.windows import window_of
from api.pages.forms import Form, SentForm
from api.schemas.shop_settings import SettingsChanges
from db.queries import shop_settings
from db.session import Database
from domain.capture import CaptureExpiry, CaptureMethod
from domain.errors import SettingsChanged
from domain.lifecycle import PaymentMethod
from domain.time_zones import time_zones

router = desk_router()
_CONTINENTS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@router.get("/settings")
async def show_settings(visit: Staff) -> HTMLResponse:
    """The settings: for the owner to change, for all others to see."""
    return await _page(visit, None)


@router.post("/settings")
async def save_settings(form: SentForm, visit: Owner, database: DatabaseDep) -> Response:
    """Change the settings; refused where somebody else changed them since they were shown."""
    async with database.reading(visit.vendor.id) as session:
        fixed = await shop_settings.has_orders(session, vendor_id=visit.vendor.id)
    given = read_settings(form, currency_is_fixed=fixed)
    if given is None:
        return await _page(visit, form)
    try:
        await _save(database, visit, form, given)
    except SettingsChanged as refused:
        return await _page(visit, form, problem=visit.explain(refused), status_code=409)
    except tuple(FIELD_OF) as refused:
        form.problems[FIELD_OF[type(refused)]] = visit.explain(refused)
        return await _page(visit, form)
    return visit.redirect("/settings?saved=1")


async def _save(database: Database, visit: StaffVisit, form: Form, given: SettingsChanges) -> None:
    changes = given.columns()
    async with database.platform() as session:
        await shop_settings.check_prefix_free(
            session, prefix=changes["order_number_prefix"], vendor_id=visit.vendor.id
        )
    async with database.vendor(visit.vendor.id) as session:
        await shop_settings.change_settings(
            session,
            vendor_id=visit.vendor.id,
            changes=changes,
            shipping_rates=None,
            version=read_version(form),
        )


async def _page(
    visit: StaffVisit, typed: Form | None, *, problem: str | None = None, status_code: int = 200
) -> HTMLResponse:
    today = datetime.now(UTC).date()
    async with visit.context.database.reading(visit.vendor.id) as session:
        settings = await shop_settings.get_settings(session, vendor_id=visit.vendor.id)
        number = await shop_settings.next_order_number(session, vendor=settings.vendor, today=today)
        fixed = await shop_settings.has_orders(session, vendor_id=visit.vendor.id)
        example = await pricing_example(session, settings, today=today)
    stored = filled_form(settings.vendor)
    form = stored
    if typed is not None:
        # Sent once more, it is about what is stored by now, which the page says.
        form = Form({**typed.values, "version": stored.get("version")}, typed.problems, typed.chosen)
    vendor = settings.vendor
    return visit.page(
        "desk/settings/shop.html" if visit.is_owner else "desk/settings/shop_seen.html",
        status_code=422 if form.problems else status_code,
        form=form,
        problem=problem,
        vendor=vendor,
        next_number=number,
        currency_is_fixed=fixed,
        currencies=list_currencies(),
        zones=_zones(form.get("time_zone")),
        example=example,
        policy=policy_name(prices_include_tax=vendor.prices_include_tax, tax_shipping=vendor.tax_shipping),
        methods=list(PaymentMethod),
        capture_methods=list(CaptureMethod),
        capture_expiries=list(CaptureExpiry),
        units=UNIT_NAMES,
        window_of=window_of,
        saved="saved" in visit.request.query_params,
    )


def _zones(chosen: str) -> list[str]:
    """The time zones to choose from: those of places, and the one that is chosen."""
    places = {zone for zone in time_zones() if zone.startswith(_CONTINENTS)}
    return sorted(places | ({"UTC", chosen} & time_zones()))
