"""How a vendor's shop is doing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import BeforeValidator, WithJsonSchema

from api.dependencies import CurrentVendorUser, DatabaseDep
from api.routes.vendor import vendor_router
from api.schemas.analytics import AnalyticsAnswer, present_analytics
from api.schemas.periods import TimeZone, whole_day
from db.queries.analytics import get_analytics
from db.tables import Vendor
from domain.periods import MAX_DAYS, Period

router = vendor_router("analytics")
_USUAL_DAYS = 30

Day = Annotated[
    date,
    BeforeValidator(whole_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "YYYY-MM-DD; inclusive."}),
]


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


@router.get("/analytics", summary="Read the shop's figures")
async def get_figures(
    user: CurrentVendorUser, database: DatabaseDep, wanted: Annotated[WantedPeriod, Depends(_wanted)]
) -> AnalyticsAnswer:
    """Orders, revenue, refunds, statuses, products and shipping of at most 400 days, the last 30 by default.

    Revenue is what was paid in the period, gross: with tax and shipping, refunds apart. `previous` has the
    same figures for as many days before.
    """
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        present, before = await get_analytics(session, wanted.within(vendor.time_zone))
    return present_analytics(present, before, vendor.currency)
