"""How PostgreSQL goes about the statements that a query function sends: their plans, and what they touch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

# Tables that grow with the orders; nothing that anybody waits for may go through the whole of one.
GROWING = (
    *("orders", "order_items", "order_events", "order_commands", "order_messages", "order_notes"),
    *("placements", "payments", "refunds", "refund_items", "customers", "customer_addresses", "carts"),
    *("inventory_movements", "emails", "invoices"),
)
_PLANNED = ("SELECT", "WITH", "DECLARE", "INSERT", "UPDATE", "DELETE")
_NOT_OURS = ("set_config", "pg_stat_", "EXPLAIN")
_TOUCHED = text("""
    SELECT relname, pg_stat_get_xact_numscans(oid) AS scans,
        pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid) AS rows
    FROM pg_class WHERE relname = ANY(:tables) AND relkind = 'r'
""")


@dataclass(frozen=True)
class Sent:
    """A statement as the driver gets it."""

    sql: str
    parameters: Sequence[Any]


@dataclass(frozen=True)
class Scan:
    """One way into a table: the kind of plan node, the index and the condition that it is entered by."""

    table: str
    kind: str
    index: str | None
    condition: str | None


@dataclass(frozen=True)
class Touched:
    """What a transaction did to a table so far: how often it went through all of it, and the rows it read."""

    scans: int
    rows: int


@contextmanager
def recording(engine: AsyncEngine) -> Iterator[list[Sent]]:
    """The statements that reach the database meanwhile, without those that name the vendor."""
    sent: list[Sent] = []

    def hear(_connection: object, _cursor: object, sql: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        if sql.lstrip().startswith(_PLANNED) and not any(word in sql for word in _NOT_OURS):
            sent.append(Sent(sql, tuple(parameters)))

    event.listen(engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", hear)


async def plan_of(connection: AsyncConnection, sent: Sent) -> dict[str, Any]:
    """The plan for these parameters."""
    rows = await connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON, VERBOSE) {sent.sql}", tuple(sent.parameters)
    )
    return _read(rows.scalar_one())


async def generic_plan_of(connection: AsyncConnection, sent: Sent) -> dict[str, Any]:
    """The plan for any parameters, to which PostgreSQL may change over once a statement was run often."""
    await connection.exec_driver_sql(f"PREPARE planned AS {sent.sql}")
    await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    given = f"({', '.join(['NULL'] * len(sent.parameters))})" if sent.parameters else ""
    rows = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE planned{given}")
    plan = _read(rows.scalar_one())
    await connection.exec_driver_sql("RESET plan_cache_mode")
    await connection.exec_driver_sql("DEALLOCATE planned")
    return plan


def scans_of(plan: Mapping[str, Any]) -> list[Scan]:
    """Every way into a table that the plan takes."""
    return list(_scans(plan))


def whole(scans: Sequence[Scan]) -> list[Scan]:
    """Those that go through a whole growing table, or a whole index of it."""
    return [scan for scan in scans if scan.table in GROWING and scan.condition is None]


async def touched(connection: AsyncConnection) -> dict[str, Touched]:
    """The growing tables that this transaction has read, functions of the database included."""
    rows = await connection.execute(_TOUCHED, {"tables": list(GROWING)})
    return {row.relname: Touched(row.scans, row.rows) for row in rows if row.scans or row.rows}


def since(before: Mapping[str, Touched], now: Mapping[str, Touched]) -> dict[str, Touched]:
    """What was done to the tables in between."""
    nothing = Touched(0, 0)
    return {
        table: Touched(each.scans - earlier.scans, each.rows - earlier.rows)
        for table, each in now.items()
        for earlier in (before.get(table, nothing),)
    }


def _read(answer: object) -> dict[str, Any]:
    [document] = json.loads(answer) if isinstance(answer, str) else answer  # type: ignore[misc]
    plan: dict[str, Any] = document["Plan"]
    return plan


def _scans(node: Mapping[str, Any], table: str | None = None) -> Iterator[Scan]:
    kind, table = node["Node Type"], node.get("Relation Name", table)
    children: list[Mapping[str, Any]] = node.get("Plans", [])
    if kind in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan", "Sample Scan", "Tid Scan"}:
        yield Scan(str(table), kind, node.get("Index Name"), node.get("Index Cond"))
    # The index scans below a bitmap heap scan do not say whose index they read.
    inherited = table if kind in {"Bitmap Heap Scan", "BitmapAnd", "BitmapOr"} else None
    for child in children:
        yield from _scans(child, inherited)
