"""Figures of a vendor's shop."""

from datetime import date

from pydantic import Field

from api.amounts import Amount
from api.schemas.base import AnswerModel
from db.queries.analytics import Analytics, Figures, TopProduct
from domain.lifecycle import came_this_far


class FiguresAnswer(AnswerModel):
    """What came in and went back; amounts in the shop's currency."""

    orders: int = Field(description="Orders placed then, whatever became of them.")
    paid_orders: int = Field(description="Orders paid then, whenever they were placed.")
    revenue: Amount = Field(
        description="What was paid then, with tax and shipping; refunds and disputes are not taken off."
    )
    refunds: Amount = Field(description="Refunds that went through and were asked for then.")
    average_order_value: Amount = Field(description="`revenue` by paid order; 0 where nothing was paid.")


class DayFigures(FiguresAnswer):
    """A day's figures, from midnight to midnight in the time zone."""

    date: date
    median_hours_to_ship: Amount | None = Field(
        description="Of what was shipped then; null where nothing was."
    )


class TopProductAnswer(AnswerModel):
    """A product in orders paid in the period; `revenue` is with tax, refunds are not taken off."""

    product_id: int
    sku: str
    title: str
    quantity: int
    revenue: Amount


class TopProducts(AnswerModel):
    """The ten products that brought most, and the ten of which most pieces were bought."""

    by_revenue: list[TopProductAnswer]
    by_quantity: list[TopProductAnswer]


class PeriodFigures(FiguresAnswer):
    """A period's figures, in total and for each of its days."""

    date_from: date
    date_to: date
    per_day: list[DayFigures]
    status_counts: dict[str, int] = Field(description="Orders placed in the period, by their status now.")
    funnel: dict[str, int] = Field(
        description="Orders placed in the period that came to each status or beyond it; cancelled ones apart."
    )
    top_products: TopProducts
    median_hours_to_ship: Amount | None = Field(
        description="From placement to shipment, of what was shipped in the period; null where nothing was."
    )


class AnalyticsAnswer(PeriodFigures):
    """A period's figures, and those of the period of the same length before it."""

    time_zone: str
    currency: str
    previous: PeriodFigures


def present_analytics(present: Analytics, before: Analytics, currency: str) -> AnalyticsAnswer:
    """The figures of two periods as the vendor reads them."""
    return AnalyticsAnswer(
        **dict(_present_period(present)),
        time_zone=present.period.zone.key,
        currency=currency,
        previous=_present_period(before),
    )


def _present_period(found: Analytics) -> PeriodFigures:
    medians = found.medians_to_ship
    return PeriodFigures(
        **_figures(found.total),
        date_from=found.period.first,
        date_to=found.period.last,
        per_day=[
            DayFigures(date=day, median_hours_to_ship=median, **_figures(figures))
            for day, figures, median in zip(found.period.days, found.days, medians, strict=True)
        ],
        status_counts=found.status_counts,
        funnel=came_this_far(found.status_counts),
        top_products=TopProducts(
            by_revenue=_products(found.top_by_revenue), by_quantity=_products(found.top_by_quantity)
        ),
        median_hours_to_ship=found.median_hours_to_ship,
    )


def _figures(figures: Figures) -> dict[str, object]:
    return dict(FiguresAnswer.model_validate(figures))


def _products(products: list[TopProduct]) -> list[TopProductAnswer]:
    return [TopProductAnswer.model_validate(product) for product in products]
