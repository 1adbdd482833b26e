"""Imports of products: the files, how far each one is, and what was read in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncResult, AsyncSession
from sqlalchemy.orm import aliased, undefer

from db.tables import Inventory, ProductImport, ProductImportRow, VendorUser
from domain.errors import ImportNotFound

KINDS = ("new", "changed", "unchanged", "wrong")
_OPEN = ("uploaded", "checked", "applying", "outdated")


@dataclass(frozen=True)
class NamedImport:
    """An import with who sent the file and who decided on it."""

    entry: ProductImport
    created_by: VendorUser
    decided_by: VendorUser | None


async def add_import(
    session: AsyncSession, *, vendor_id: int, created_by: int, filename: str, content: bytes
) -> ProductImport:
    """Keep a file."""
    entry = ProductImport(
        vendor_id=vendor_id, created_by=created_by, filename=filename, size=len(content), content=content
    )
    session.add(entry)
    await session.flush()
    await session.refresh(entry)
    return entry


async def get_import(session: AsyncSession, *, import_id: int, with_file: bool = False) -> ProductImport:
    """An import of the session's vendor. Raises ImportNotFound."""
    statement = select(ProductImport).where(ProductImport.id == import_id)
    entry = await session.scalar(
        statement.options(undefer(ProductImport.content)) if with_file else statement
    )
    if entry is None:
        raise ImportNotFound("There is no such import.")
    return entry


async def list_imports(
    session: AsyncSession, *, limit: int, before_id: int | None = None, import_id: int | None = None
) -> list[NamedImport]:
    """The session's vendor's imports, newest first; only the one, where it is named."""
    decider = aliased(VendorUser)
    statement = (
        select(ProductImport, VendorUser, decider)
        .join(VendorUser, VendorUser.id == ProductImport.created_by)
        .outerjoin(decider, decider.id == ProductImport.decided_by)
        .order_by(ProductImport.id.desc())
        .limit(limit)
    )
    if before_id is not None:
        statement = statement.where(ProductImport.id < before_id)
    if import_id is not None:
        statement = statement.where(ProductImport.id == import_id)
    return [NamedImport(*row) for row in await session.execute(statement)]


async def open_imports(
    session: AsyncSession, *, after_id: int, since: datetime, before: datetime, limit: int
) -> Sequence[ProductImport]:
    """Imports that were sent from `since` to `before`, are not over, and whose files are there; by id."""
    statement = (
        select(ProductImport)
        .where(ProductImport.id > after_id, ProductImport.state.in_(_OPEN))
        .where(ProductImport.created_at >= since, ProductImport.created_at <= before)
        .where(ProductImport.cleaned_at.is_(None))
        .order_by(ProductImport.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def get_named_import(session: AsyncSession, *, import_id: int) -> NamedImport:
    """An import with its people. Raises ImportNotFound."""
    found = await list_imports(session, limit=1, import_id=import_id)
    if not found:
        raise ImportNotFound("There is no such import.")
    return found[0]


async def first_rows(
    session: AsyncSession, *, import_id: int, kind: str, limit: int
) -> Sequence[ProductImportRow]:
    """The first rows of a kind."""
    statement = (
        select(ProductImportRow)
        .where(ProductImportRow.import_id == import_id, ProductImportRow.kind == kind)
        .order_by(ProductImportRow.position)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def all_rows(session: AsyncSession, *, import_id: int) -> AsyncResult[Any]:
    """Each row's line, SKU, kind, changes and problems, from a server-side cursor."""
    row = ProductImportRow
    statement = (
        select(row.line, row.sku, row.kind, row.changes, row.problems)
        .where(row.import_id == import_id)
        .order_by(row.position)
    )
    return await session.stream(statement)


async def moved_since_checked(session: AsyncSession, *, import_id: int) -> int:
    """Of how many products the stock that the file counts has moved since they were compared with it."""
    row = ProductImportRow
    statement = (
        select(func.count())
        .select_from(row)
        .join(Inventory, Inventory.product_id == row.product_id)
        .where(
            row.import_id == import_id,
            row.available_quantity.is_not(None),
            Inventory.available_quantity != row.available_before,
        )
    )
    return await session.scalar(statement) or 0


async def change_import(
    session: AsyncSession, *, import_id: int, states: Sequence[str], **values: object
) -> bool:
    """Change an import that is in one of these states; false where it is in another."""
    statement = (
        update(ProductImport)
        .where(ProductImport.id == import_id, ProductImport.state.in_(states))
        .values(**values)
        .returning(ProductImport.id)
    )
    return await session.scalar(statement) is not None


async def forget_rows(session: AsyncSession, *, import_id: int) -> None:
    """Delete what was read in a file, to read it anew or because it is old."""
    await session.execute(delete(ProductImportRow).where(ProductImportRow.import_id == import_id))


async def clean_imports(session: AsyncSession, *, created_before: datetime) -> int:
    """Delete the files and rows of the session's vendor's imports from before then; they stay listed."""
    old = (
        select(ProductImport.id)
        .where(ProductImport.created_at < created_before, ProductImport.cleaned_at.is_(None))
        .scalar_subquery()
    )
    await session.execute(delete(ProductImportRow).where(ProductImportRow.import_id.in_(old)))
    cleaned = await session.scalars(
        update(ProductImport)
        .where(ProductImport.created_at < created_before, ProductImport.cleaned_at.is_(None))
        .values(content=None, cleaned_at=func.now())
        .returning(ProductImport.id)
    )
    return len(cleaned.all())


async def rows_of(session: AsyncSession, *, import_id: int) -> Sequence[ProductImportRow]:
    """All rows of a small file."""
    statement = select(ProductImportRow).where(ProductImportRow.import_id == import_id)
    return (await session.scalars(statement.order_by(ProductImportRow.position))).all()
