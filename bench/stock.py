"""Whether the stock is right after a run: every counter is what was there at first, less what was sold."""

from dataclasses import dataclass

from sqlalchemy import bindparam, text

from db.session import Database

_WRONG = text("""
    SELECT i.product_id, i.available_quantity, b.first_quantity - coalesce(s.pieces, 0) AS expected
    FROM inventory i
    JOIN (
        SELECT product_id, sum(available_change) AS available, sum(reserved_change) AS reserved,
               sum(available_change) FILTER (WHERE movement_type = 'initial') AS first_quantity
        FROM inventory_movements GROUP BY product_id
    ) b USING (product_id)
    LEFT JOIN (
        SELECT product_id, sum(quantity) AS pieces
        FROM order_items JOIN orders ON orders.id = order_id WHERE status <> 'cancelled' GROUP BY product_id
    ) s USING (product_id)
    WHERE (i.available_quantity, i.reserved_quantity) <> (b.available, b.reserved)
       OR i.available_quantity <> b.first_quantity - coalesce(s.pieces, 0)
    ORDER BY i.product_id
""")
_SOLD = text("""
    SELECT coalesce(sum(quantity), 0) AS pieces,
           coalesce(sum(quantity) FILTER (WHERE product_id = :hot), 0) AS hot
    FROM order_items JOIN orders ON orders.id = order_id WHERE status <> 'cancelled'
""").bindparams(bindparam("hot"))


class StockWrong(Exception):  # noqa: N818 -- named for what was found
    """A counter is not what was there less what was sold; no figure of such a run means anything."""


@dataclass(frozen=True)
class Sold:
    """The pieces that were sold in a run, and how many of them were of the product that everybody wants."""

    pieces: int
    hot: int


async def check_stock(database: Database, *, hot: int | None = None) -> Sold:
    """Compare all counters with what was sold and with their movements. Raises StockWrong."""
    async with database.platform() as session:
        wrong = (await session.execute(_WRONG)).all()
        if wrong:
            raise StockWrong(
                "; ".join(
                    f"product {row.product_id}: {row.available_quantity} left instead of {row.expected}"
                    for row in wrong
                )
            )
        row = (await session.execute(_SOLD, {"hot": hot})).one()
        return Sold(row.pieces, row.hot)
