"""What rows of a file would do, compared with the catalogue and kept until somebody decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.product_imports import KINDS, change_import
from db.tables import Inventory, Product, ProductImport, ProductImportRow
from domain.errors import ImportFileInvalid
from domain.product_files import ProductFile, shown_name
from domain.product_rows import KnownProduct, ReadRow, RowKind, Verdict, judge

_STAGE = text("""
    INSERT INTO product_import_rows
        (vendor_id, import_id, position, line, kind, sku, title, description, price, featured_image,
         is_active, available_quantity, product_id, product_version, available_before, changes_product,
         changes, problems)
    SELECT :vendor_id, :import_id, given.* FROM jsonb_to_recordset(:rows) AS given(
        position int, line int, kind text, sku text, title text, description text, price numeric,
        featured_image text, is_active bool, available_quantity int, product_id bigint,
        product_version timestamptz, available_before int, changes_product bool, changes jsonb, problems jsonb
    )
    ON CONFLICT (import_id, position) DO NOTHING
    RETURNING kind
""").bindparams(
    bindparam("rows", type_=JSONB),
    bindparam("vendor_id", type_=BigInteger),
    bindparam("import_id", type_=BigInteger),
)


@dataclass(frozen=True)
class _Found:
    product_id: int
    version: datetime
    known: KnownProduct


async def staged_up_to(session: AsyncSession, *, import_id: int) -> int:
    """The position up to which an earlier attempt has kept the rows; they are kept in order."""
    statement = select(func.max(ProductImportRow.position)).where(ProductImportRow.import_id == import_id)
    return await session.scalar(statement) or 0


async def count_kinds(session: AsyncSession, *, import_id: int) -> dict[str, int]:
    """How many rows of each kind there are."""
    statement = (
        select(ProductImportRow.kind, func.count())
        .where(ProductImportRow.import_id == import_id)
        .group_by(ProductImportRow.kind)
    )
    return {kind: int(count) for kind, count in await session.execute(statement)}


async def stage_rows(
    session: AsyncSession, *, vendor_id: int, import_id: int, rows: Sequence[ReadRow]
) -> None:
    """Compare rows with the products that have their SKUs, and keep what each would do; twice is once."""
    found = await _find(session, [row.given.sku for row in rows if row.given is not None])
    documents = [_document(row, found.get(row.given.sku) if row.given else None) for row in rows]
    await session.execute(_STAGE, {"vendor_id": vendor_id, "import_id": import_id, "rows": documents})


async def finish_check(session: AsyncSession, *, import_id: int, file: ProductFile) -> None:
    """All rows are kept: the preview can be shown."""
    counts = await count_kinds(session, import_id=import_id)
    await change_import(
        session,
        import_id=import_id,
        states=["uploaded"],
        state="checked",
        checks=ProductImport.checks + 1,
        checked_at=func.now(),
        encoding=file.encoding,
        columns=list(file.columns),
        unknown_columns=[shown_name(name) for name in file.unknown_columns],
        rows_total=len(file.rows),
        rows_checked=len(file.rows),
        **{f"{kind}_count": counts.get(kind, 0) for kind in KINDS},
    )


async def refuse_file(session: AsyncSession, *, import_id: int, refused: ImportFileInvalid) -> None:
    """The file as a whole cannot be read."""
    await change_import(
        session,
        import_id=import_id,
        states=["uploaded"],
        state="refused",
        problem={"message": refused.message, **refused.fields},
        ended_at=func.now(),
    )


async def _find(session: AsyncSession, skus: Sequence[str]) -> dict[str, _Found]:
    statement = (
        select(Product, func.coalesce(Inventory.available_quantity, 0))
        .outerjoin(Inventory, Inventory.product_id == Product.id)
        .where(Product.sku.in_(skus))
    )
    return {
        product.sku: _Found(product.id, product.updated_at, _known(product, available))
        for product, available in await session.execute(statement)
    }


def _known(product: Product, available: int) -> KnownProduct:
    return KnownProduct(
        sku=product.sku,
        title=product.title,
        description=product.description,
        price=product.price,
        available_quantity=available,
        is_active=product.is_active,
        featured_image=product.featured_image,
    )


def _document(row: ReadRow, found: _Found | None) -> dict[str, Any]:
    """A row as it is kept. What is wrong has no values: it may be anything."""
    verdict = Verdict(RowKind.WRONG, problems=row.problems)
    if row.given is not None:
        verdict = judge(row.given, None if found is None else found.known)
    document: dict[str, Any] = {
        "position": row.position,
        "line": row.line,
        "kind": verdict.kind,
        "sku": row.sku,
        "changes_product": verdict.changes_product,
        "changes": {name: [_plain(part) for part in change] for name, change in verdict.changes.items()},
        "problems": [
            {"column": problem.column, "code": problem.code, "message": problem.message}
            for problem in verdict.problems
        ],
    }
    if row.given is not None and verdict.kind != RowKind.WRONG:
        document |= _values(row.given)
    if found is not None:
        document |= {
            "product_id": found.product_id,
            "product_version": found.version.isoformat(),
            "available_before": found.known.available_quantity,
        }
    return document


def _values(given: object) -> Mapping[str, Any]:
    return {name: _plain(value) for name, value in vars(given).items()}


def _plain(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, Decimal) else value
