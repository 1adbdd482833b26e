"""Addresses: entries of the address book, and the copies that orders keep."""

from typing import Annotated

from pydantic import AfterValidator, StrictBool, StringConstraints

from api.schemas.base import AnswerModel, Country, Line, OptionalLine, Printable, RequestModel, SingleLine


def _none_if_blank(text: str | None) -> str | None:
    return text or None


MaybeLine = Annotated[OptionalLine | None, AfterValidator(_none_if_blank)]
Phone = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), Printable, SingleLine] | None,
    AfterValidator(_none_if_blank),
]
PostalCode = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20), Printable, SingleLine
]


class AddressRequest(RequestModel):
    """An entry as the customer writes it; `country` is ISO 3166 alpha-2."""

    first_name: Line
    last_name: Line
    company: MaybeLine = None
    address_line1: Line
    address_line2: MaybeLine = None
    city: Line
    postal_code: PostalCode
    country: Country
    phone: Phone = None
    is_default: StrictBool = False


class AddressSnapshot(AnswerModel):
    """An address as it was when the order was placed."""

    first_name: str
    last_name: str
    company: str | None
    address_line1: str
    address_line2: str | None
    city: str
    postal_code: str
    country: str
    phone: str | None


class AddressAnswer(AddressSnapshot):
    """An entry of the address book."""

    id: int
    is_default: bool
