"""VAT rates: what holds now, what is to come, and what was."""

from datetime import UTC, date, datetime
from itertools import groupby

from fastapi.responses import HTMLResponse, Response

from api.dependencies import DatabaseDep
from api.pages.admin.routes.platform import platform_router
from api.pages.admin.visits import AdminVisit, SignedInAdmin
from api.pages.countries import every_country
from api.pages.forms import Form, SentForm
from api.pages.rendering import language_of
from api.pages.wording import DAY_IS_PAST
from api.schemas.tax_rates import TaxRateRequest
from db.queries import tax_rates
from domain.errors import Conflict, CountryNotSupported
from domain.tax import TaxHistory, TaxRate, normalise_country

router = platform_router()


@router.get("/tax-rates")
async def list_tax_rates(visit: SignedInAdmin, database: DatabaseDep) -> HTMLResponse:
    """Every country with its rate now, those to come and those before."""
    return await _page(visit, database, Form({"valid_from": _today().isoformat()}))


@router.post("/tax-rates")
async def add_tax_rate(form: SentForm, visit: SignedInAdmin, database: DatabaseDep) -> Response:
    """A country's rate from a day on; orders that are placed keep theirs."""
    rate = form.get("rate").strip().replace(",", ".")
    given = form.read(TaxRateRequest, rate=rate)
    if given is None:
        return await _page(visit, database, form)
    try:
        async with database.platform() as session:
            await tax_rates.set_tax_rate(
                session,
                country=normalise_country(given.country),
                rate=given.rate,
                valid_from=given.valid_from,
                today=_today(),
            )
    except CountryNotSupported as refused:
        form.problems["country"] = visit.explain(refused)
        return await _page(visit, database, form)
    except Conflict:
        form.problems["valid_from"] = DAY_IS_PAST
        return await _page(visit, database, form)
    return visit.redirect("/tax-rates?done=saved")


async def _page(visit: AdminVisit, database: DatabaseDep, form: Form) -> HTMLResponse:
    language = language_of(visit.request)
    async with database.platform() as session:
        rows = await tax_rates.list_tax_rates(session)
    histories = [
        TaxHistory.of([TaxRate(row.country, row.rate, row.valid_from) for row in group], on=_today())
        for _, group in groupby(rows, key=lambda row: row.country)
    ]
    return visit.page(
        "admin/tax_rates.html",
        status_code=422 if form.problems else 200,
        form=form,
        histories=sorted(histories, key=lambda history: language.country(history.country)),
        countries=every_country(language),
        done=visit.request.query_params.get("done", ""),
    )


def _today() -> date:
    return datetime.now(UTC).date()
