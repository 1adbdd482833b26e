"""A shop's figures as its page shows them: spans of days, their plots and what is compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from api.pages.desk.changes import Change, change
from api.pages.desk.charts import (
    HEIGHT,
    PLOT_HEIGHT,
    PLOT_TOP,
    Label,
    Plot,
    axis_width,
    curve,
    labels,
    plot,
    shares,
)
from api.pages.languages import Language
from db.queries.analytics import Analytics, Figures, TopProduct
from domain.lifecycle import came_this_far
from domain.periods import Grain, Span, grain_for

# As many bars are still told apart on a phone.
_MOST_BARS = 40


def grain_of(days: list[date]) -> Grain:
    """By days, weeks or months, whichever leaves bars that can be told apart."""
    return grain_for(days, _MOST_BARS)


@dataclass(frozen=True)
class Row:
    """Some days of the period; `unfinished` where today is among them or still to come."""

    name: str
    short_name: str
    figures: Figures
    hours_to_ship: Decimal | None
    unfinished: bool


@dataclass(frozen=True)
class Chart:
    """A plot with what is written beside it; `bottom` is where the plot ends and the labels begin."""

    height: ClassVar[int] = HEIGHT
    bottom: ClassVar[int] = PLOT_TOP + PLOT_HEIGHT
    plot: Plot
    ticks: list[str]
    axis_width: int
    labels: list[Label]


@dataclass(frozen=True)
class Ranked:
    """An entry of a list that is ordered by its bars."""

    share: float
    product: TopProduct


@dataclass(frozen=True)
class Stage:
    """How many orders came to a status or beyond it, and how many are there now."""

    status: str
    reached: int
    now: int
    share: float


@dataclass(frozen=True)
class FiguresPage:
    """What the page of a period's figures shows, in a visitor's language."""

    present: Analytics
    before: Analytics
    currency: str
    today: date
    language: Language

    @property
    def unfinished(self) -> bool:
        """Whether the period has a day that is not over yet."""
        return self.present.period.last >= self.today

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to draw."""
        return self.present.total == Figures() and not self.present.top_by_quantity

    @cached_property
    def rows(self) -> list[Row]:
        """The period by what its charts are counted by."""
        return [self._row(*part) for part in self.present.by(self.grain)]

    @property
    def grain(self) -> Grain:
        return grain_of(self.present.period.days)

    def _row(self, span: Span, together: Figures, hours_to_ship: Decimal | None) -> Row:
        short = self.language.month if self.grain is Grain.MONTH else self.language.short_day
        return Row(
            name=self.language.days(span.first, span.last),
            short_name=short(span.first),
            figures=together,
            hours_to_ship=hours_to_ship,
            unfinished=span.last >= self.today,
        )

    @cached_property
    def revenue(self) -> Chart:
        """What was paid, and what went back below the line."""
        figures = [row.figures for row in self.rows]
        drawn = plot([each.revenue for each in figures], [each.refunds for each in figures])
        return self._chart(drawn, [self.language.short_money(t.value, self.currency) for t in drawn.ticks])

    @cached_property
    def orders(self) -> Chart:
        """What was ordered."""
        drawn = plot([Decimal(row.figures.orders) for row in self.rows], whole=True)
        return self._chart(drawn, [self.language.number(tick.value) for tick in drawn.ticks])

    @cached_property
    def order_values(self) -> Chart:
        """What a paid order was worth on average."""
        figures = [row.figures for row in self.rows]
        drawn = curve([each.average_order_value if each.paid_orders else None for each in figures])
        return self._chart(drawn, [self.language.short_money(t.value, self.currency) for t in drawn.ticks])

    @cached_property
    def shipping_times(self) -> Chart:
        """How many hours it took until half of what was shipped was."""
        drawn = curve([row.hours_to_ship for row in self.rows])
        return self._chart(drawn, [self.language.number(tick.value) for tick in drawn.ticks])

    def _chart(self, drawn: Plot, ticks: list[str]) -> Chart:
        return Chart(drawn, ticks, axis_width(ticks), labels([row.short_name for row in self.rows]))

    @cached_property
    def stages(self) -> list[Stage]:
        """How far the period's orders came; cancelled ones are not among them."""
        now = self.present.status_counts
        reached = came_this_far(now)
        long = shares([Decimal(count) for count in reached.values()])
        return [
            Stage(status, count, now[status], share)
            for (status, count), share in zip(reached.items(), long, strict=True)
        ]

    @property
    def cancelled(self) -> int:
        return self.present.status_counts["cancelled"]

    @cached_property
    def by_revenue(self) -> list[Ranked]:
        """The products that brought most."""
        top = self.present.top_by_revenue
        return _ranked(top, [product.revenue for product in top])

    @cached_property
    def by_quantity(self) -> list[Ranked]:
        """The products of which most pieces were bought."""
        top = self.present.top_by_quantity
        return _ranked(top, [Decimal(product.quantity) for product in top])

    def changed(self, name: str) -> Change:
        """How one of `Figures` differs from the period before."""
        return change(getattr(self.present.total, name), getattr(self.before.total, name))

    @property
    def shipping_changed(self) -> Change:
        return change(self.present.median_hours_to_ship, self.before.median_hours_to_ship)


def _ranked(products: Sequence[TopProduct], values: Sequence[Decimal]) -> list[Ranked]:
    return [Ranked(share, product) for share, product in zip(shares(values), products, strict=True)]
