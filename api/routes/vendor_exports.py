"""A vendor's orders as a file for a spreadsheet."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from api.callers import CurrentVendorUser
from api.dependencies import ContextDep
from api.exporting import CsvFile, order_file
from api.order_filter import Filter
from api.refusals import refused
from api.routes.vendor import vendor_router
from db.queries.order_exports import ExportRows

router = vendor_router("orders")
_NAMES: dict[ExportRows, str] = {"orders": "orders", "items": "order-items"}


@router.get(
    "/orders/export.csv",
    summary="Export orders as CSV",
    response_class=CsvFile,
    status_code=200,
    responses={
        200: {"description": "The file, as it is read.", "content": {"text/csv": {}}},
        429: refused("`rate_limited` while too many exports are running"),
    },
)
async def export_orders(
    user: CurrentVendorUser,
    wanted: Filter,
    context: ContextDep,
    rows: Annotated[ExportRows, Query(description="A row per order, or per line of an order.")] = "orders",
) -> CsvFile:
    """The orders that the list shows with the same filters, newest first, all as they are at this moment.

    UTF-8 with a byte order mark; times are ISO 8601 in UTC, amounts have two decimals and a dot. Text that a
    spreadsheet would take for a formula begins with an apostrophe. An answer that breaks off is not complete.
    """
    filename = f"{_NAMES[rows]}-{datetime.now(UTC):%Y-%m-%d}.csv"
    parts = order_file(context.database, user.vendor_id, wanted, rows)
    return CsvFile(parts, context.exports, filename=filename)
