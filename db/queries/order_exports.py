"""A vendor's orders, or their lines, read from a server-side cursor for a file."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncResult, AsyncSession

from db.queries.order_lists import OrderFilter, order_conditions
from db.tables import Customer, Order, OrderItem

ExportRows: TypeAlias = Literal["orders", "items"]
BATCH = 500

_ITEMS = select(func.count()).where(OrderItem.order_id == Order.id).correlate(Order).scalar_subquery()

# What each column is called, in the order of the file.
_COLUMNS: Mapping[ExportRows, Mapping[str, ColumnElement[Any]]] = {
    "orders": {
        "order_number": Order.order_number.expression,
        "created_at": Order.created_at.expression,
        "status": Order.status.expression,
        "payment_status": Order.payment_status.expression,
        "customer_name": func.trim(Customer.first_name + " " + Customer.last_name),
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


async def stream_export(
    session: AsyncSession, wanted: OrderFilter, rows: ExportRows
) -> AsyncResult[*tuple[Any, ...]]:
    """The session's vendor's orders that match, or their lines, newest order first, `BATCH` rows at a time.

    The rows stay in PostgreSQL until they are fetched. Each fetch is bounded by the statement timeout, the
    whole of them is not.
    """
    statement = _statement(rows).where(*order_conditions(wanted))
    return await session.stream(statement, execution_options={"yield_per": BATCH})


def _statement(rows: ExportRows) -> Select[*tuple[Any, ...]]:
    columns = [column.label(name) for name, column in _COLUMNS[rows].items()]
    statement = select(*columns).select_from(Order).join(Customer, Customer.id == Order.customer_id)
    newest = (Order.created_at.desc(), Order.id.desc())
    if rows == "orders":
        return statement.order_by(*newest)
    return statement.join(OrderItem, OrderItem.order_id == Order.id).order_by(*newest, OrderItem.position)
