"""Applying a file of products: all of its rows or none, in one transaction that others hardly wait for.

What orders wait for are locks on stock, so stock comes last: products are added and changed before, and then
the counters are set, in product id order as everywhere. Product rows are locked without their keys, so that
orders can refer to them meanwhile.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import ARRAY, BigInteger, ColumnElement, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.product_imports import get_import
from db.tables import ProductImportRow

# Rows a statement: each stays far below the time that one may take.
CHUNK = 5_000

Progress = Callable[[int], Awaitable[None]]

# Two imports of one vendor, and two attempts at one, come one after the other.
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('product-import:' || :vendor_id, 0))")

_LOCK_PRODUCTS = text("""
    SELECT p.id FROM products p WHERE p.id IN (
        SELECT product_id FROM product_import_rows WHERE import_id = :import_id AND changes_product
    ) ORDER BY p.id FOR NO KEY UPDATE
""")

# A product that was changed since it was compared, or is there by now.
_OUTDATED = text("""
    SELECT count(*) FROM product_import_rows r
    LEFT JOIN products p ON p.id = r.product_id
    LEFT JOIN products taken ON r.kind = 'new' AND taken.vendor_id = r.vendor_id AND taken.sku = r.sku
    WHERE r.import_id = :import_id AND r.kind <> 'wrong'
      AND (p.updated_at IS DISTINCT FROM r.product_version OR taken.id IS NOT NULL)
""")

_ADD = text("""
    WITH added AS (
        INSERT INTO products (vendor_id, sku, title, description, price, featured_image, is_active)
        SELECT vendor_id, sku, title, coalesce(description, ''), price, featured_image,
            coalesce(is_active, true)
        FROM product_import_rows
        WHERE import_id = :import_id AND kind = 'new' AND position > :after AND position <= :upto
        ORDER BY position
        ON CONFLICT (vendor_id, sku) DO NOTHING
        RETURNING id, vendor_id, sku
    ), counted AS (
        SELECT a.id, a.vendor_id, coalesce(r.available_quantity, 0) AS available
        FROM added a JOIN product_import_rows r
          ON r.import_id = :import_id AND r.kind = 'new' AND r.position > :after AND r.position <= :upto
         AND r.sku = a.sku
    ), stocked AS (
        INSERT INTO inventory (product_id, vendor_id, available_quantity)
        SELECT id, vendor_id, available FROM counted
    ), moved AS (
        INSERT INTO inventory_movements
            (vendor_id, product_id, movement_type, available_change, reserved_change, import_id)
        SELECT vendor_id, id, 'initial', available, 0, :import_id FROM counted
    )
    SELECT count(*) FROM added
""")

_CHANGE = text("""
    UPDATE products p
    SET title = coalesce(r.title, p.title),
        description = coalesce(r.description, p.description),
        price = coalesce(r.price, p.price),
        featured_image = coalesce(r.featured_image, p.featured_image),
        is_active = coalesce(r.is_active, p.is_active),
        updated_at = now()
    FROM product_import_rows r
    WHERE r.import_id = :import_id AND r.changes_product AND r.position > :after AND r.position <= :upto
      AND p.id = r.product_id
""")

# Writing movements takes longer than moving counters: they are written before stock is locked, by what it is
# then.
_FORESEE = text("""
    INSERT INTO inventory_movements
        (vendor_id, product_id, movement_type, available_change, reserved_change, import_id)
    SELECT i.vendor_id, i.product_id, 'adjusted', r.available_quantity - i.available_quantity, 0, :import_id
    FROM inventory i
    JOIN product_import_rows r ON r.import_id = :import_id AND r.product_id = i.product_id
    WHERE i.product_id = ANY(:product_ids) AND r.available_quantity <> i.available_quantity
""").bindparams(bindparam("product_ids", type_=ARRAY(BigInteger)))

# Then the counters: what orders took in between has a movement of its own. `locked` has the rows as they are
# once locked; the statement's snapshot may be older than orders that it waited for.
_COUNT = text("""
    WITH locked AS MATERIALIZED (
        SELECT product_id, vendor_id, available_quantity FROM inventory
        WHERE product_id = ANY(:product_ids) ORDER BY product_id FOR UPDATE
    ), wanted AS MATERIALIZED (
        SELECT l.product_id, l.vendor_id, r.available_quantity - l.available_quantity AS difference,
            r.available_quantity - l.available_quantity - coalesce(m.available_change, 0) AS unforeseen
        FROM locked l
        JOIN product_import_rows r ON r.import_id = :import_id AND r.product_id = l.product_id
        LEFT JOIN inventory_movements m ON m.import_id = :import_id AND m.product_id = l.product_id
            AND m.product_id = ANY(:product_ids)
    ), moved AS (
        UPDATE inventory i SET available_quantity = i.available_quantity + w.difference
        FROM wanted w WHERE i.product_id = w.product_id AND w.difference <> 0
    )
    INSERT INTO inventory_movements
        (vendor_id, product_id, movement_type, available_change, reserved_change, import_id)
    SELECT vendor_id, product_id, 'adjusted', unforeseen, 0, :import_id FROM wanted WHERE unforeseen <> 0
""").bindparams(bindparam("product_ids", type_=ARRAY(BigInteger)))

# Rows that were just written have no statistics, and of the plans that remain none is slow for many.
_PLAN_FOR_MANY = text("SET LOCAL enable_nestloop = off")


class CatalogueMoved(Exception):  # noqa: N818 -- a fact; the caller rolls back
    """Products were changed or added since the file was compared with them."""


async def apply_rows(
    session: AsyncSession, *, vendor_id: int, import_id: int, progress: Progress | None = None
) -> None:
    """Do what the rows of a file say, all of them; once, as the import is then marked.

    Counts are absolute: a stock becomes what the file says, and what it is then moved by is the difference at
    that moment. Raises CatalogueMoved.
    """
    await session.execute(_TAKE_TURNS, {"vendor_id": str(vendor_id)})
    entry = await get_import(session, import_id=import_id)
    if entry.state == "applied":
        return
    given = {"import_id": import_id}
    await session.execute(_PLAN_FOR_MANY)
    await session.execute(_LOCK_PRODUCTS, given)
    if await session.scalar(_OUTDATED, given):
        raise CatalogueMoved
    told = _Told(progress)
    await _add(session, import_id, told)
    for part in _chunks(await _positions(session, import_id, ProductImportRow.changes_product.is_(True))):
        await session.execute(_CHANGE, given | _span(part))
        await told.more(len(part))
    counted = await _counted(session, import_id)
    for product_ids in _chunks(counted):
        await session.execute(_FORESEE, given | {"product_ids": list(product_ids)})
        await told.more(len(product_ids))
    # From here on orders for these products wait, and at the latest until the commit.
    for product_ids in _chunks(counted):
        await session.execute(_COUNT, given | {"product_ids": list(product_ids)})
        await told.more(len(product_ids))
    entry.state = "applied"
    entry.ended_at = datetime.now(UTC)
    await session.flush()


async def steps_to_apply(session: AsyncSession, *, import_id: int) -> int:
    """How much there is to do, as `progress` counts it."""
    row = ProductImportRow
    statement = select(
        func.count().filter(row.kind == "new"),
        func.count().filter(row.changes_product),
        2 * func.count().filter(row.product_id.is_not(None), row.available_quantity.is_not(None)),
    ).where(row.import_id == import_id)
    return sum((await session.execute(statement)).one())


class _Told:
    """Tells how much is done so far."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0

    async def more(self, done: int) -> None:
        self._done += done
        if self._progress is not None:
            await self._progress(self._done)


async def _add(session: AsyncSession, import_id: int, told: _Told) -> None:
    for part in _chunks(await _positions(session, import_id, ProductImportRow.kind == "new")):
        if await session.scalar(_ADD, {"import_id": import_id} | _span(part)) != len(part):
            raise CatalogueMoved
        await told.more(len(part))


async def _positions(session: AsyncSession, import_id: int, which: ColumnElement[bool]) -> Sequence[int]:
    statement = select(ProductImportRow.position).where(ProductImportRow.import_id == import_id, which)
    return (await session.scalars(statement.order_by(ProductImportRow.position))).all()


async def _counted(session: AsyncSession, import_id: int) -> Sequence[int]:
    """The products that the file counts, in the order in which stock is locked."""
    row = ProductImportRow
    statement = (
        select(row.product_id)
        .where(row.import_id == import_id, row.product_id.is_not(None), row.available_quantity.is_not(None))
        .order_by(row.product_id)
    )
    return [product_id for product_id in await session.scalars(statement) if product_id is not None]


def _chunks(everything: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(everything), CHUNK):
        yield everything[first : first + CHUNK]


def _span(positions: Sequence[int]) -> dict[str, int]:
    return {"after": positions[0] - 1, "upto": positions[-1]}
