"""A vendor's orders, or their lines, read from a cursor of PostgreSQL's for a file, as text."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    DateTime,
    Executable,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from db.queries.order_filters import OrderFilter, order_conditions
from db.tables import Customer, Order, OrderItem

ExportRows: TypeAlias = Literal["orders", "items"]
BATCH = 500

_ISO_8601: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS"Z"'""")
_ITEMS = select(func.count()).where(OrderItem.order_id == Order.id).correlate(Order).scalar_subquery()

# What each column is called, in the order of the file.
_COLUMNS: Mapping[ExportRows, Mapping[str, ColumnElement[Any]]] = {
    "orders": {
        "order_number": Order.order_number.expression,
        "created_at": Order.created_at.expression,
        "status": Order.status.expression,
        "payment_status": Order.payment_status.expression,
        "customer_name": func.trim(Customer.first_name + " " + Customer.last_name, type_=Text),
        "customer_email": Customer.email.expression,
        "items_count": _ITEMS,
        "subtotal": Order.subtotal.expression,
        "shipping_cost": Order.shipping_cost.expression,
        "tax_amount": Order.tax_amount.expression,
        "discount_amount": Order.discount_amount.expression,
        "total_amount": Order.total_amount.expression,
        "refunded_amount": Order.refunded_amount.expression,
        "currency": Order.currency.expression,
        "shipping_country": Order.shipping_address["country"].astext,
        "carrier": Order.carrier.expression,
        "tracking_number": Order.tracking_number.expression,
        "payment_method": Order.payment_method.expression,
        "paid_at": Order.paid_at.expression,
        "shipped_at": Order.shipped_at.expression,
        "delivered_at": Order.delivered_at.expression,
    },
    "items": {
        "order_number": Order.order_number.expression,
        "created_at": Order.created_at.expression,
        "status": Order.status.expression,
        "sku": OrderItem.product_sku.expression,
        "title": OrderItem.product_title.expression,
        "quantity": OrderItem.quantity.expression,
        "unit_price": OrderItem.unit_price.expression,
        "total_price": OrderItem.total_price.expression,
        "tax_rate": OrderItem.tax_rate.expression,
        "tax_amount": OrderItem.tax_amount.expression,
        "currency": Order.currency.expression,
    },
}


def export_header(rows: ExportRows) -> list[str]:
    """The names of the columns; `items_count` is how many lines an order has, each a row of `items`."""
    return list(_COLUMNS[rows])


def ready_cells(rows: ExportRows) -> frozenset[int]:
    """The places of the columns that are numbers and times, not what somebody wrote."""
    columns = enumerate(_COLUMNS[rows].values())
    return frozenset(place for place, column in columns if not isinstance(column.type, Text))


async def read_export(
    session: AsyncSession, wanted: OrderFilter, rows: ExportRows
) -> AsyncGenerator[Sequence[Sequence[str | None]], None]:
    """The session's vendor's orders that match, or their lines, newest order first, `BATCH` rows at a time.

    The rows stay in PostgreSQL until they are fetched. Each fetch is bounded by the statement timeout, the
    whole of them is not. A cursor that is declared is planned for its first rows: they come from an index in
    their order, where a plan for all of them would sort everything before there is a first one.
    """
    await session.execute(
        _DeclareCursor(_statement(rows).where(*order_conditions(wanted)), f"file_of_{rows}")
    )
    fetch = text(f"FETCH {BATCH} FROM file_of_{rows}")
    while batch := (await session.execute(fetch)).all():
        yield batch


class _DeclareCursor(Executable, ClauseElement):
    """`DECLARE` for a statement; what is fetched of it has no types, as all of it is text."""

    inherit_cache = False

    def __init__(self, statement: Select[*tuple[Any, ...]], name: str) -> None:
        self.statement = statement
        self.name = name


@compiles(_DeclareCursor)
def _declare(element: _DeclareCursor, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"DECLARE {element.name} NO SCROLL CURSOR FOR {compiler.process(element.statement, **options)}"


def _statement(rows: ExportRows) -> Select[*tuple[Any, ...]]:
    columns = [_as_text(column).label(name) for name, column in _COLUMNS[rows].items()]
    statement = select(*columns).select_from(Order).join(Customer, Customer.id == Order.customer_id)
    newest = (Order.created_at.desc(), Order.id.desc())
    if rows == "orders":
        return statement.order_by(*newest)
    return statement.join(OrderItem, OrderItem.order_id == Order.id).order_by(*newest, OrderItem.position)


def _as_text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Times as ISO 8601 in UTC; amounts have their two decimals already."""
    if isinstance(column.type, DateTime):
        return func.to_char(func.timezone("UTC", column), _ISO_8601)
    return column if isinstance(column.type, Text) else cast(column, Text)
