"""How a vendor's shop did in a period and in the one before, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, RowMapping, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from domain.lifecycle import OrderStatus
from domain.periods import Grain, Period, Span, beginning, spans

TOP = 10
_CENT = Decimal("0.01")


@dataclass
class Figures:
    """What came in and went back, on a day or in a period; amounts in the vendor's currency.

    `orders` were placed then, whatever became of them. `revenue` is what was paid then (`paid_at`), gross:
    with tax and shipping, and without taking off what was refunded or charged back later. `refunds` went
    through and were asked for then, whenever the order was paid.
    """

    orders: int = 0
    paid_orders: int = 0
    revenue: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)

    @property
    def average_order_value(self) -> Decimal:
        """Revenue by paid order, 0 where nothing was paid."""
        if not self.paid_orders:
            return Decimal(0)
        return (self.revenue / self.paid_orders).quantize(_CENT, ROUND_HALF_UP)

    def add(self, other: "Figures") -> None:
        """Count another day in."""
        self.orders += other.orders
        self.paid_orders += other.paid_orders
        self.revenue += other.revenue
        self.refunds += other.refunds


@dataclass(frozen=True)
class TopProduct:
    """A product, how many pieces of it were in orders paid in the period, and for how much with tax.

    Refunds are not taken off; sku and title are today's.
    """

    product_id: int
    sku: str
    title: str
    quantity: int
    revenue: Decimal


@dataclass
class Analytics:
    """A period's figures.

    `status_counts` are the orders placed in it by the status they have now. `median_hours_to_ship` is from
    placement to shipment, of what was shipped in it; none where nothing was. `medians_to_ship` are the same
    for each part that the period was asked for by.
    """

    period: Period
    days: list[Figures]
    status_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OrderStatus, 0))
    top_by_revenue: list[TopProduct] = field(default_factory=list)
    top_by_quantity: list[TopProduct] = field(default_factory=list)
    median_hours_to_ship: Decimal | None = None
    medians_to_ship: list[Decimal | None] = field(default_factory=list)

    @property
    def total(self) -> Figures:
        """All days together."""
        return _together(self.days)

    def by(self, grain: Grain) -> list[tuple[Span, Figures, Decimal | None]]:
        """The parts of the period by what it was asked for by, with their median hours to ship."""
        parts = spans(self.period.days, grain)
        return [
            (part, _together(self.days[part.begin : part.end]), median)
            for part, median in zip(parts, self.medians_to_ship, strict=True)
        ]


def _together(days: Sequence[Figures]) -> Figures:
    total = Figures()
    for day in days:
        total.add(day)
    return total


# Days are numbered from 1 by the borders, which are the only place where time zones come in.
PLACED = """
    SELECT width_bucket(created_at, :borders) AS day, status, count(*) AS orders
    FROM orders WHERE created_at >= :first AND created_at < :last
    GROUP BY 1, 2
"""
PAID = """
    SELECT width_bucket(paid_at, :borders) AS day, count(*) AS orders, sum(paid_amount) AS amount,
        min(id) AS lowest, max(id) AS highest
    FROM orders WHERE paid_at >= :first AND paid_at < :last
    GROUP BY 1
"""
REFUNDED = """
    SELECT width_bucket(created_at, :borders) AS day, sum(amount) AS amount
    FROM refunds WHERE status = 'succeeded' AND created_at >= :first AND created_at < :last
    GROUP BY 1
"""
# A median of medians is none, so each part's is counted beside the whole period's.
SHIPPED = """
    SELECT present, part, percentile_cont(0.5) WITHIN GROUP (ORDER BY took) AS median
    FROM (
        SELECT shipped_at >= :middle AS present, width_bucket(shipped_at, :parts) AS part,
            date_part('epoch', shipped_at - created_at) AS took
        FROM orders WHERE shipped_at >= :first AND shipped_at < :last) AS shipped
    GROUP BY GROUPING SETS ((present), (part))
"""
# `lowest` and `highest` are ids of orders that were paid then: items of others need not be looked at.
SOLD = f"""
    WITH sold AS (
        SELECT orders.paid_at >= :middle AS present, items.product_id, sum(items.quantity) AS quantity,
            sum(items.total_price
                + CASE WHEN orders.prices_include_tax THEN 0 ELSE items.tax_amount END) AS revenue
        FROM orders JOIN order_items AS items ON items.order_id = orders.id
        WHERE orders.paid_at >= :first AND orders.paid_at < :last
            AND items.order_id BETWEEN :lowest AND :highest
        GROUP BY 1, 2),
    ranked AS (
        SELECT *, row_number() OVER (PARTITION BY present ORDER BY revenue DESC, product_id) AS by_revenue,
            row_number() OVER (PARTITION BY present ORDER BY quantity DESC, product_id) AS by_quantity
        FROM sold)
    SELECT ranked.*, products.sku, products.title
    FROM ranked JOIN products ON products.id = ranked.product_id
    WHERE by_revenue <= {TOP} OR by_quantity <= {TOP}
"""  # noqa: S608 -- a number of ours
_ARRAYS = ("borders", "parts")
# A plan made for any period takes it for a short one, and is slow for a long one.
_PLAN_EACH = text("SET LOCAL plan_cache_mode = force_custom_plan")


def given_to(
    sql: str, period: Period, grain: Grain = Grain.DAY, /, **more: int
) -> tuple[TextClause, dict[str, Any]]:
    """A statement, with what it takes of a period, of its parts and of the one before, and `more`."""
    before = period.before.borders
    values: dict[str, Any] = {
        "borders": [*before[:-1], *period.borders],
        "parts": [*_parts(period.before, grain), *_parts(period, grain)],
        "first": before[0],
        "middle": period.borders[0],
        "last": period.borders[-1],
    }
    moment: TypeEngine[Any] = TIMESTAMP(timezone=True)
    given = {name: value for name, value in values.items() if f":{name}" in sql}
    types = (bindparam(name, type_=ARRAY(moment) if name in _ARRAYS else moment) for name in given)
    numbers = (bindparam(name, type_=BigInteger()) for name in more)
    return text(sql).bindparams(*types, *numbers), given | more


def _parts(period: Period, grain: Grain) -> list[datetime]:
    """When each part of a period begins."""
    return [beginning(span.first, period.zone) for span in spans(period.days, grain)]


async def get_analytics(
    session: AsyncSession, period: Period, grain: Grain = Grain.DAY
) -> tuple[Analytics, Analytics]:
    """The figures of the session's vendor for a period, and for the one of the same length before.

    `grain` is what medians of the period's parts are by; everything else is by days.
    """
    await session.execute(_PLAN_EACH)
    placed, paid, refunded = [await _rows(session, each, period) for each in (PLACED, PAID, REFUNDED)]
    statement = given_to(SHIPPED, period, grain)
    shipped = (await session.execute(*statement)).mappings().all()
    sold = await _rows(session, SOLD, period, **paid_orders(paid))
    length = len(period.days)
    # By day, 1 being the first of the period before.
    days: dict[int, Figures] = defaultdict(Figures)
    present = Analytics(period, [])
    before = Analytics(period.before, [])
    for row in placed:
        days[row["day"]].orders += row["orders"]
        (present if row["day"] > length else before).status_counts[row["status"]] += row["orders"]
    for row in paid:
        days[row["day"]].paid_orders, days[row["day"]].revenue = row["orders"], row["amount"]
    for row in refunded:
        days[row["day"]].refunds = row["amount"]
    before.days = [days[number + 1] for number in range(length)]
    present.days = [days[number + 1] for number in range(length, 2 * length)]
    medians = {(row["present"], row["part"]): _hours(row["median"]) for row in shipped}
    present.median_hours_to_ship = medians.get((True, None))
    before.median_hours_to_ship = medians.get((False, None))
    parts = len(_parts(period.before, grain))
    before.medians_to_ship = [medians.get((None, part + 1)) for part in range(parts)]
    present.medians_to_ship = [
        medians.get((None, parts + part + 1)) for part in range(len(_parts(period, grain)))
    ]
    for which, found in ((present, True), (before, False)):
        _rank(which, [row for row in sold if row["present"] is found])
    return present, before


async def has_orders(session: AsyncSession) -> bool:
    """Whether anything was ever ordered from the session's vendor."""
    return bool(await session.scalar(text("SELECT EXISTS (SELECT FROM orders)")))


def paid_orders(paid: Sequence[RowMapping]) -> dict[str, int]:
    """The lowest and the highest id of the orders that `PAID` counted; where it has none, a range of none."""
    return {
        "lowest": min((row["lowest"] for row in paid), default=1),
        "highest": max((row["highest"] for row in paid), default=0),
    }


async def _rows(session: AsyncSession, sql: str, period: Period, **more: int) -> Sequence[RowMapping]:
    return (await session.execute(*given_to(sql, period, **more))).mappings().all()


def _hours(seconds: float) -> Decimal:
    return (Decimal(seconds) / 3600).quantize(_CENT, ROUND_HALF_UP)


def _rank(analytics: Analytics, sold: Sequence[RowMapping]) -> None:
    def top(rank: str) -> list[TopProduct]:
        best = sorted((row for row in sold if row[rank] <= TOP), key=lambda row: int(row[rank]))
        return [
            TopProduct(row["product_id"], row["sku"], row["title"], row["quantity"], row["revenue"])
            for row in best
        ]

    analytics.top_by_revenue, analytics.top_by_quantity = top("by_revenue"), top("by_quantity")
