"""The platform in numbers, across vendors; in platform sessions, and bounded however much there is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Of each vendor's newest orders of the period so many are looked at; beyond, figures say "at least".
MOST_ORDERS_OF_A_VENDOR = 2000
MOST_COUNTED = 1000
_PERIODS = (1, 7, 30)

_SALES = text("""
    WITH recent AS MATERIALIZED (
        SELECT v.id AS vendor_id, v.currency, o.created_at, o.paid_at, o.paid_amount, o.refunded_amount
        FROM vendors v CROSS JOIN LATERAL (
            SELECT * FROM orders o WHERE o.vendor_id = v.id AND o.created_at >= :since
            ORDER BY o.created_at DESC, o.id DESC LIMIT :most
        ) o
    ), full_vendors AS (
        SELECT currency FROM recent GROUP BY vendor_id, currency HAVING count(*) >= :most
    )
    SELECT p.days, r.currency, count(*) AS orders,
        coalesce(sum(r.paid_amount - r.refunded_amount), 0) AS revenue,
        EXISTS (SELECT FROM full_vendors f WHERE f.currency = r.currency) AS is_capped
    FROM recent r JOIN unnest(CAST(:days AS int[]), CAST(:starts AS timestamptz[])) AS p(days, starts_at)
        ON r.created_at >= p.starts_at
    GROUP BY p.days, r.currency ORDER BY r.currency, p.days
""")
_ATTENTION = text("""
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM findings WHERE resolved_at IS NULL LIMIT :most) f) AS findings,
        (SELECT count(*) FROM vendors v CROSS JOIN LATERAL (
            SELECT FROM orders o WHERE o.vendor_id = v.id AND o.status = 'pending' LIMIT :most) o) AS pending,
        (SELECT count(*) FROM (SELECT FROM refunds WHERE status = 'failed' LIMIT :most) r) AS failed_refunds,
        (SELECT count(*) FROM (
            SELECT FROM payments WHERE status = 'processing' LIMIT :most) p) AS at_the_bank,
        (SELECT count(*) FROM vendors) AS vendors,
        (SELECT count(*) FROM vendors WHERE is_active) AS open_vendors
""")


@dataclass(frozen=True)
class Sales:
    """The orders in one currency since some days ago, and what was paid for them and not given back."""

    days: int
    currency: str
    orders: int
    revenue: Decimal
    is_capped: bool


@dataclass(frozen=True)
class Attention:
    """What waits for somebody; counts end at `MOST_COUNTED`, that of pending orders for each vendor."""

    findings: int
    pending: int
    failed_refunds: int
    at_the_bank: int
    vendors: int
    open_vendors: int


async def read_sales(session: AsyncSession, *, now: datetime) -> list[Sales]:
    """Orders and revenue of the last day, week and month, by currency."""
    starts = [now - timedelta(days=days) for days in _PERIODS]
    given = {
        "since": starts[-1],
        "most": MOST_ORDERS_OF_A_VENDOR,
        "days": list(_PERIODS),
        "starts": starts,
    }
    return [Sales(*row) for row in await session.execute(_SALES, given)]


async def read_attention(session: AsyncSession) -> Attention:
    """What waits for somebody now."""
    return Attention(*(await session.execute(_ATTENTION, {"most": MOST_COUNTED})).one())
