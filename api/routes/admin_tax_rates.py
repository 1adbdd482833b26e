"""VAT rates by country, from a day on."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from api.callers import CurrentAdmin
from api.dependencies import DatabaseDep
from api.refusals import refused
from api.routes.admin import admin_router
from api.schemas.base import Country
from api.schemas.tax_rates import TaxRateAnswer, TaxRateRequest
from db.queries import tax_rates
from domain.tax import normalise_country

router = admin_router("tax rates")


@router.get("/tax-rates", summary="List the VAT rates")
async def list_tax_rates(
    _admin: CurrentAdmin, database: DatabaseDep, country: Annotated[Country | None, Query()] = None
) -> list[TaxRateAnswer]:
    """Every rate that holds, held or will hold, by country and day."""
    code = None if country is None else normalise_country(country)
    async with database.platform() as session:
        found = await tax_rates.list_tax_rates(session, country=code)
    return [TaxRateAnswer.model_validate(row) for row in found]


@router.put(
    "/tax-rates",
    summary="Set a country's VAT rate from a day on",
    responses={409: refused("The day is past and the country had a rate then")},
)
async def put_tax_rate(given: TaxRateRequest, _admin: CurrentAdmin, database: DatabaseDep) -> TaxRateAnswer:
    """From today or a later day on; past days stay as they are. Placed orders keep the rate they had."""
    async with database.platform() as session:
        row = await tax_rates.set_tax_rate(
            session,
            country=normalise_country(given.country),
            rate=given.rate,
            valid_from=given.valid_from,
            today=datetime.now(UTC).date(),
        )
    return TaxRateAnswer.model_validate(row)
