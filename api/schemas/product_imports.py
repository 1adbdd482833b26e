"""Imports of products as their vendor's people see them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from api.amounts import marked
from api.schemas.base import AnswerModel, RequestModel
from db.tables import ProductImport, ProductImportRow


class ImportProblem(AnswerModel):
    """What is wrong with a row, and in which column; empty where it is the row itself."""

    column: str
    code: str
    message: str


class ImportRowAnswer(AnswerModel):
    """What became of a row of the file, or would: each change is `[before, after]`."""

    line: int
    sku: str
    result: Literal["new", "changed", "unchanged", "wrong"]
    changes: dict[str, list[Any]]
    problems: list[ImportProblem]


class ImportAnswer(AnswerModel):
    """An import.

    `state` is uploaded (being checked), checked (waits for a decision), applying, applied, refused (the file
    cannot be read: see `problem`), outdated (products changed since it was checked; nothing was imported) or
    discarded. Where `rows` were told in the answer to the upload, they are all rows of the file.
    """

    id: int | None = Field(description="None where nothing was kept.")
    state: str
    filename: str
    problem: dict[str, Any] | None
    encoding: str | None
    columns: list[str]
    unknown_columns: list[str]
    rows_total: int
    rows_checked: int
    rows_applied: int
    rows_to_apply: int
    new: int
    changed: int
    unchanged: int
    wrong: int
    leave_out_wrong: bool
    created_by: int
    decided_by: int | None
    created_at: datetime
    checked_at: datetime | None
    ended_at: datetime | None
    rows: list[ImportRowAnswer] | None = None


class ImportDecisionRequest(RequestModel):
    """What to do with an import: apply it, check it anew, or discard it."""

    decision: Literal["apply", "check", "discard"]
    leave_out_wrong: bool = Field(default=False, description="Apply the other rows where some are wrong.")


def present_import(entry: ProductImport, rows: Sequence[ProductImportRow] | None = None) -> ImportAnswer:
    """An import that is kept, or that would have been."""
    told = None
    if rows is not None:
        told = [
            ImportRowAnswer(
                line=row.line,
                sku=row.sku or "",
                result=row.kind,
                changes={name: _told(name, change) for name, change in row.changes.items()},
                problems=[ImportProblem(**problem) for problem in row.problems],
            )
            for row in rows
        ]
    kept = entry.state not in {"uploaded", "checked"} or rows is None
    return ImportAnswer(
        id=entry.id if kept else None,
        state=entry.state,
        filename=entry.filename,
        problem=entry.problem,
        encoding=entry.encoding,
        columns=entry.columns,
        unknown_columns=entry.unknown_columns,
        rows_total=entry.rows_total,
        rows_checked=entry.rows_checked,
        rows_applied=entry.rows_applied,
        rows_to_apply=entry.rows_to_apply,
        new=entry.new_count,
        changed=entry.changed_count,
        unchanged=entry.unchanged_count,
        wrong=entry.wrong_count,
        leave_out_wrong=entry.leave_out_wrong,
        created_by=entry.created_by,
        decided_by=entry.decided_by,
        created_at=entry.created_at,
        checked_at=entry.checked_at,
        ended_at=entry.ended_at,
        rows=told,
    )


def _told(name: str, change: Sequence[Any]) -> list[Any]:
    """Before and after; amounts are kept as text and told as numbers."""
    return [marked(Decimal(value)) for value in change] if name == "price" else list(change)
