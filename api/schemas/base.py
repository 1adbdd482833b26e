"""Strict requests, complete answers, and the kinds of fields they share."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from domain.pricing import MAX_QUANTITY

MAX_ID = 2**63 - 1


class RequestModel(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerModel(BaseModel):
    """An answer: every field is always there."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def refuse_unprintable(text: str) -> str:
    """Refuse what no text needs: control characters other than line breaks and tabs, and noncharacters.

    PostgreSQL cannot store U+0000, and amounts are marked with a noncharacter until they are written.
    """
    for character in text:
        code = ord(character)
        control = (code < 0x20 and character not in "\n\r\t") or 0x7F <= code < 0xA0
        if control or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
            raise ValueError("contains characters that are not allowed")
    return text


def refuse_line_breaks(text: str) -> str:
    """Refuse text of more than one line; names and addresses end up in mail headers and labels."""
    if any(character in "\n\r\t\u2028\u2029" for character in text):
        raise ValueError("must be a single line")
    return text


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
