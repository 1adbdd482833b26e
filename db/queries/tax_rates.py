"""VAT rates by country and day; in platform sessions to write."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.tables import TaxRateRow
from domain.errors import Conflict


async def list_tax_rates(session: AsyncSession, *, country: str | None = None) -> Sequence[TaxRateRow]:
    """All rates, by country and then by the day from which they hold."""
    statement = select(TaxRateRow).order_by(TaxRateRow.country, TaxRateRow.valid_from)
    if country is not None:
        statement = statement.where(TaxRateRow.country == country)
    return (await session.scalars(statement)).all()


async def list_countries(session: AsyncSession, *, on: date) -> Sequence[str]:
    """The countries that have a rate on a day, which are those where something is sold."""
    statement = select(TaxRateRow.country).where(TaxRateRow.valid_from <= on).distinct()
    return (await session.scalars(statement.order_by(TaxRateRow.country))).all()


async def set_tax_rate(
    session: AsyncSession, *, country: str, rate: Decimal, valid_from: date, today: date
) -> TaxRateRow:
    """The country's rate from a day on; a rate that was set for the same day is corrected.

    Days before `today` are history: they can only get a rate where the country had none at all, or the one
    they have. Raises Conflict otherwise.
    """
    if valid_from < today:
        known = await list_tax_rates(session, country=country)
        same = next((row for row in known if row.valid_from == valid_from and row.rate == rate), None)
        if same is not None:
            return same
        if known:
            raise Conflict(
                "A tax rate in the past stays as it is; give one that begins today or later.",
                country=country,
                valid_from=valid_from.isoformat(),
            )
    statement = (
        insert(TaxRateRow)
        .values(country=country, rate=rate, valid_from=valid_from)
        .on_conflict_do_update(
            index_elements=[TaxRateRow.country, TaxRateRow.valid_from], set_={"rate": rate}
        )
        .returning(TaxRateRow)
    )
    return (await session.scalars(statement)).one()


async def rate_on(session: AsyncSession, *, country: str, on: date) -> Decimal | None:
    """A country's rate in percent on a day; None where nothing is sold."""
    statement = (
        select(TaxRateRow.rate)
        .where(TaxRateRow.country == country, TaxRateRow.valid_from <= on)
        .order_by(TaxRateRow.valid_from.desc())
        .limit(1)
    )
    return await session.scalar(statement)
