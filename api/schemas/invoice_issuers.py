"""Who is named as the seller on a vendor's invoices."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from api.schemas.base import AnswerModel, Country, Line, OptionalLine, Printable, RequestModel
from db.queries.invoice_issuers import LINES
from db.tables import InvoiceIssuer, Vendor
from domain.errors import CountryNotSupported, IssuerInvalid
from domain.invoices import check_vat_id
from domain.tax import normalise_country

MAX_FOOTER = 1000


def _as_stored(country: str) -> str:
    try:
        return normalise_country(country)
    except CountryNotSupported as refused:
        raise ValueError(refused.message) from None


def _with_plain_breaks(text: object) -> object:
    """Forms send two characters for the end of a line, which browsers count as one."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


Footer = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_FOOTER),
    Printable,
    BeforeValidator(_with_plain_breaks),
]


class GivenIssuer(RequestModel):
    """The seller as a whole: what is left out is empty from then on.

    A VAT number has to be given, or a tax number where there is none (Directive 2006/112/EC, Article 226(3)).
    """

    legal_name: Line
    address_line1: Line
    address_line2: OptionalLine = ""
    postal_code: Line
    city: Line
    country: Annotated[Country, AfterValidator(_as_stored)] = Field(description="ISO 3166 code.")
    # Before the VAT number, whose check has to know it.
    tax_number: OptionalLine = Field(default="", description="A national one, for who has no `vat_id`.")
    vat_id: OptionalLine = Field(
        default="",
        validate_default=True,
        description="With its country's two letters; blanks, dots and hyphens are left out.",
    )
    footer: Footer = Field(
        default="", description="What else is to stand on invoices; may have several lines."
    )

    @field_validator("vat_id")
    @classmethod
    def _identified(cls, vat_id: str, info: ValidationInfo) -> str:
        if vat_id:
            try:
                return check_vat_id(vat_id)
            except IssuerInvalid as refused:
                # Its text is the same for everybody and has nothing to fill in.
                raise PydanticCustomError("vat_id_invalid", "{told}", {"told": refused.message}) from None
        # A tax number that was refused is missing here, and its own problem says enough.
        if info.data.get("tax_number") == "":
            raise PydanticCustomError("vat_id_missing", "Either vat_id or tax_number has to be given")
        return vat_id


class IssuerAnswer(AnswerModel):
    """The seller on invoices; while `is_set_up` is false it is a suggestion, and no invoices are issued."""

    is_set_up: bool
    legal_name: str = ""
    address_line1: str = ""
    address_line2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    tax_number: str = ""
    footer: str = ""


def present_issuer(issuer: InvoiceIssuer | None, vendor: Vendor) -> IssuerAnswer:
    """What was said; as long as nothing was, the vendor's name and country as a suggestion."""
    if issuer is None:
        return IssuerAnswer(is_set_up=False, legal_name=vendor.name, country=vendor.country)
    return IssuerAnswer(is_set_up=True, **{name: getattr(issuer, name) for name in LINES})
