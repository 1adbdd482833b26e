"""How the shop is doing: its figures for a period, drawn."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse

from api.dependencies import DatabaseDep
from api.pages.desk.figures import FiguresPage, grain_of
from api.pages.desk.routes.desk import desk_router
from api.pages.desk.visits import Staff, StaffVisit
from api.pages.forms import Form
from api.pages.rendering import language_of
from api.pages.wording import OWN_DAYS_PROBLEMS, USUAL_PERIODS
from api.schemas.periods import whole_day
from db.queries.analytics import get_analytics, has_orders
from domain.periods import MAX_DAYS, Period, UsualPeriod, usual_days

router = desk_router()


def _own_days(form: Form) -> tuple[date, date] | None:
    """The days that somebody chose; None leaves the form's `problems` filled."""
    found = []
    for name in ("date_from", "date_to"):
        try:
            found.append(whole_day(form.get(name)))
        except ValueError:
            form.problems[name] = OWN_DAYS_PROBLEMS["no_day"]
    if form.problems:
        return None
    first, last = found
    length = (last - first).days + 1
    if 0 < length <= MAX_DAYS:
        return first, last
    form.problems["date_to"] = OWN_DAYS_PROBLEMS["too_long" if length > 0 else "reversed"]
    return None


@router.get("/analytics")
async def show_figures(
    visit: Staff,
    database: DatabaseDep,
    period: Annotated[UsualPeriod | None, Query()] = None,
    date_from: Annotated[str | None, Query()] = None,
    date_to: Annotated[str | None, Query()] = None,
) -> HTMLResponse:
    """The figures of a usual period, the last 30 days unless told otherwise, or of own days."""
    today = datetime.now(visit.zone).date()
    own = date_from is not None or date_to is not None
    form = Form({"date_from": date_from or "", "date_to": date_to or ""} if own else {})
    chosen = None if own else period or UsualPeriod.THIRTY_DAYS
    days = usual_days(chosen, today) if chosen else _own_days(form)
    if days is None:
        return _page(visit, form, chosen, status_code=422)
    form.values = {"date_from": days[0].isoformat(), "date_to": days[1].isoformat()}
    async with database.reading(visit.vendor.id) as session:
        wanted = Period(*days, visit.zone)
        present, before = await get_analytics(session, wanted, grain_of(wanted.days))
        figures = FiguresPage(present, before, visit.vendor.currency, today, language_of(visit.request))
        new_shop = figures.nothing and not await has_orders(session)
    return _page(visit, form, chosen, figures=figures, new_shop=new_shop)


def _page(
    visit: StaffVisit,
    form: Form,
    chosen: UsualPeriod | None,
    *,
    figures: FiguresPage | None = None,
    new_shop: bool = False,
    status_code: int = 200,
) -> HTMLResponse:
    return visit.page(
        "desk/analytics.html",
        status_code=status_code,
        periods=USUAL_PERIODS,
        chosen=chosen,
        form=form,
        figures=figures,
        new_shop=new_shop,
    )
