"""How a vendor's shop is doing."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from api.dependencies import CurrentVendorUser, DatabaseDep
from api.routes.vendor import vendor_router
from api.schemas.analytics import AnalyticsAnswer, present_analytics
from api.schemas.periods import whole_day
from db.queries.analytics import get_analytics
from db.tables import Vendor
from domain.periods import MAX_DAYS, Period, time_zones

router = vendor_router("analytics")
_USUAL_DAYS = 30

Day = Annotated[
    date,
    BeforeValidator(whole_day),
    WithJsonSchema({"type": "string", "format": "date", "description": "YYYY-MM-DD; inclusive."}),
]


def _known_zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError("is no time zone of https://www.iana.org/time-zones")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


async def _period(
    date_from: Annotated[Day | None, Query()] = None,
    date_to: Annotated[Day | None, Query()] = None,
    time_zone: Annotated[TimeZone, Query(description="IANA name; where days begin and end.")] = "UTC",
) -> Period:
    zone = ZoneInfo(time_zone)
    last = date_to or max(date_from or date.min, datetime.now(zone).date())
    first = date_from or last - timedelta(days=_USUAL_DAYS - 1)
    length = (last - first).days + 1
    if not 0 < length <= MAX_DAYS:
        message = f"A period has 1 to {MAX_DAYS} days."
        raise RequestValidationError(
            [{"type": "period_invalid", "loc": ("query", "date_to"), "msg": message}]
        )
    return Period(first, last, zone)


@router.get("/analytics", summary="Read the shop's figures")
async def get_figures(
    user: CurrentVendorUser, database: DatabaseDep, period: Annotated[Period, Depends(_period)]
) -> AnalyticsAnswer:
    """Orders, revenue, refunds, statuses, products and shipping of at most 400 days, the last 30 by default.

    Revenue is what was paid in the period, gross: with tax and shipping, refunds apart. `previous` has the
    same figures for as many days before.
    """
    async with database.reading(user.vendor_id) as session:
        vendor = await session.get_one(Vendor, user.vendor_id)
        present, before = await get_analytics(session, period)
    return present_analytics(present, before, vendor.currency)
