"""How a vendor's shop is doing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Response
from fastapi.exceptions import RequestValidationError

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep
from api.routes.vendor import vendor_router
from api.schemas.analytics import AnalyticsAnswer, present_analytics
from api.schemas.periods import Day, TimeZone
from db.queries.analytics import Figures, get_analytics
from db.tables import Vendor
from domain.periods import MAX_DAYS, Grain, Period
from domain.spreadsheets import BYTE_ORDER_MARK, csv_lines

router = vendor_router("analytics")
_USUAL_DAYS = 30
_COUNTS, _AMOUNTS = ("orders", "paid_orders"), ("revenue", "refunds", "average_order_value")
# What came later is at the end, so that whoever counts columns finds the others where they were.
_HEAD = ("date", *_COUNTS, *_AMOUNTS, "currency", "median_hours_to_ship", "date_to")


@dataclass(frozen=True)
class WantedPeriod:
    """What the query says of a period; the rest is usual."""

    date_from: date | None
    date_to: date | None
    time_zone: str | None

    def within(self, usual_zone: str) -> Period:
        """The days there, up to today unless told otherwise. Raises RequestValidationError."""
        zone = ZoneInfo(self.time_zone or usual_zone)
        last = self.date_to or max(self.date_from or date.min, datetime.now(zone).date())
        first = self.date_from or last - timedelta(days=_USUAL_DAYS - 1)
        if not 0 < (last - first).days + 1 <= MAX_DAYS:
            message = f"A period has 1 to {MAX_DAYS} days."
            raise RequestValidationError(
                [{"type": "period_invalid", "loc": ("query", "date_to"), "msg": message}]
            )
        return Period(first, last, zone)


async def _wanted(
    date_from: Annotated[Day | None, Query()] = None,
    date_to: Annotated[Day | None, Query()] = None,
    time_zone: Annotated[
        TimeZone | None,
        Query(description="IANA name; where days begin and end. The shop's own (`/settings`) by default."),
    ] = None,
) -> WantedPeriod:
    return WantedPeriod(date_from, date_to, time_zone)


Wanted = Annotated[WantedPeriod, Depends(_wanted)]


@router.get("/analytics", summary="Read the shop's figures")
async def get_figures(user: CurrentVendorUser, database: DatabaseDep, wanted: Wanted) -> AnalyticsAnswer:
    """Orders, revenue, refunds, statuses, products and shipping of at most 400 days, the last 30 by default.

    Revenue is what was paid in the period, gross: with tax and shipping, refunds apart. `previous` has the
    same figures for as many days before.
    """
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        present, before = await get_analytics(session, wanted.within(vendor.time_zone))
    return present_analytics(present, before, vendor.currency)


@router.get(
    "/analytics/export.csv",
    summary="Export the shop's figures as CSV",
    response_class=Response,
    responses={200: {"description": "The file.", "content": {"text/csv": {}}}},
)
async def export_figures(
    user: CurrentVendorUser,
    database: DatabaseDep,
    wanted: Wanted,
    by: Annotated[Grain, Query(description="Weeks begin on Monday.")] = Grain.DAY,
) -> Response:
    """The figures of each day, as `/analytics` has them under `per_day`, or of each week or month.

    Written as the other files are; `date` and `date_to` are the first and the last day of a row.
    """
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        period = wanted.within(vendor.time_zone)
        present, _ = await get_analytics(session, period, by)
    rows = [
        (span.first.isoformat(), *_cells(figures), vendor.currency, _hours(hours), span.last.isoformat())
        for span, figures, hours in present.by(by)
    ]
    filename = f"figures-{period.first}-{period.last}.csv"
    return Response(
        BYTE_ORDER_MARK + csv_lines([_HEAD, *rows]),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def _cells(figures: Figures) -> list[str]:
    counts = [str(getattr(figures, name)) for name in _COUNTS]
    return counts + [f"{getattr(figures, name):.2f}" for name in _AMOUNTS]


def _hours(hours: Decimal | None) -> str:
    return "" if hours is None else f"{hours:.2f}"
