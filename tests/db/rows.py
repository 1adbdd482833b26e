"""One valid row of every tenant table, made from the metadata so that a new table takes part by itself."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    insert,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from db.session import Database
from db.tables import Base

Row = dict[str, Any]

# What CHECK constraints ask for where the column has no default.
_ALLOWED = {
    "status": "pending",
    "payment_status": "pending",
    "actor_type": "system",
    "author_type": "customer",
    "movement_type": "initial",
    "state": "uploaded",
    "kind": "new",
    "provider": "manual",
}

_ALLOWED_IN = {("invoices", "kind"): "invoice"}

# Optional, and part of what the constraints are about: customers are guests without it.
_GIVEN = {"password_hash"}

_EXAMPLES: list[tuple[type[TypeEngine[Any]], object]] = [
    (BigInteger, 1),
    (Integer, 1),
    (Numeric, Decimal(1)),
    (Boolean, False),
    (DateTime, datetime(2026, 11, 22, 12, tzinfo=UTC)),
    (Date, date(2026, 11, 22)),
    (TSVECTOR, literal_column("''::tsvector")),
    (JSONB, {}),
]


def tenant_tables(metadata: MetaData = Base.metadata) -> list[Table]:
    """Every table that belongs to vendors, parents first."""
    return [table for table in metadata.sorted_tables if table.name == "vendors" or "vendor_id" in table.c]


def vendor_column(table: Table) -> Column[Any]:
    """The column by which row-level security knows the vendor."""
    return table.c.id if table.name == "vendors" else table.c.vendor_id


async def fill_every_table(database: Database, suffix: str, *, by_vendor: bool = False) -> dict[str, Row]:
    """A new vendor with one row in every tenant table; `by_vendor`: in a session of that vendor."""
    rows: dict[str, Row] = {}
    vendors, *others = tenant_tables()
    async with database.platform() as session:
        await _add(session, vendors, rows, suffix)
    async with database.vendor(rows["vendors"]["id"]) if by_vendor else database.platform() as session:
        for table in others:
            await _add(session, table, rows, suffix)
    return rows


def copy_of(table_name: str, row: Row, **changes: object) -> Row:
    """A second row like the first, but with its own identity."""
    columns = Base.metadata.tables[table_name].c
    generated = {column.name for column in columns if column.identity is not None}
    return {name: value for name, value in row.items() if name not in generated} | changes


async def _add(session: AsyncSession, table: Table, rows: dict[str, Row], suffix: str) -> None:
    values = {column.name: _value(column, rows, suffix) for column in table.c if _is_needed(column)}
    # What is computed from other columns can be read and never be given.
    given = [column for column in table.c if column.computed is None]
    added = await session.execute(insert(table).values(values).returning(*given))
    rows[table.name] = dict(added.mappings().one())


def _is_needed(column: Column[Any]) -> bool:
    if column.name in _GIVEN:
        return True
    if column.foreign_keys:
        # The first row of a table has none of its own kind to refer to.
        return not (column.nullable and any(key.column.table is column.table for key in column.foreign_keys))
    return not (column.nullable or column.server_default is not None or column.identity is not None)


def _value(column: Column[Any], rows: dict[str, Row], suffix: str) -> object:
    if column.name == "vendor_id":
        return rows["vendors"]["id"]
    for key in column.foreign_keys:
        return rows[key.column.table.name][key.column.name]
    if (column.table.name, column.name) in _ALLOWED_IN:
        return _ALLOWED_IN[column.table.name, column.name]
    if column.name in _ALLOWED:
        return _ALLOWED[column.name]
    if isinstance(column.type, Text):
        return f"{column.table.name}-{column.name}-{suffix}"
    return next(example for kind, example in _EXAMPLES if isinstance(column.type, kind))
