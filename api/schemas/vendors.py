"""Vendors as admins keep them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.schemas.base import AnswerModel, Country, Line, RequestModel
from api.schemas.customers import Email
from api.schemas.vendor_products import Flag
from db.tables import Vendor

VendorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class NewVendor(RequestModel):
    """A new shop; all else is up to its owner, in the shop's settings."""

    vendor_code: VendorCode
    name: Line
    contact_email: Email
    country: Country
    currency: Currency = "EUR"
    order_number_prefix: Annotated[str, Field(max_length=12, description="2 to 12 of A-Z and 0-9.")]
    prices_include_tax: Flag = False
    tax_shipping: Flag = False


class VendorChanges(RequestModel):
    """What is to change; fields that are left out stay as they are. A shop that is not active is closed."""

    name: Line = Field(default_factory=str)
    contact_email: Email = Field(default_factory=str)
    country: Country = Field(default_factory=str)
    is_active: Flag = Field(default_factory=bool)

    def given(self) -> dict[str, Any]:
        """Only what was sent."""
        return self.model_dump(exclude_unset=True)


class VendorAnswer(AnswerModel):
    """A shop on the platform."""

    id: int
    vendor_code: str
    name: str
    contact_email: str
    country: str
    currency: str
    order_number_prefix: str
    is_active: bool
    prices_include_tax: bool
    tax_shipping: bool
    created_at: datetime
    updated_at: datetime


def present_vendor(vendor: Vendor) -> VendorAnswer:
    """A vendor as admins see it."""
    return VendorAnswer.model_validate(vendor)
