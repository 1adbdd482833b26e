"""Strict requests, complete answers, and the kinds of fields they share."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from domain.pricing import MAX_QUANTITY
from domain.text import refuse_line_breaks, refuse_unprintable

MAX_ID = 2**63 - 1


class RequestModel(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerModel(BaseModel):
    """An answer: every field is always there."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


Printable = AfterValidator(refuse_unprintable)
SingleLine = AfterValidator(refuse_line_breaks)

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Printable, SingleLine
]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Printable, SingleLine]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Notes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), Printable]
Country = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2), Printable]
Quantity = Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY)]
GivenId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]
SessionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
PathId = Annotated[int, Path(ge=1, le=MAX_ID)]
