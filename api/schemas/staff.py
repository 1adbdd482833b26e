"""The people who run shops and the platform."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import AnswerModel, Line, RequestModel
from api.schemas.customers import Email, GivenPassword, NewPassword
from api.schemas.vendor_products import Flag
from domain.links import MAX_TOKEN_LENGTH
from domain.staff import StaffRole


class UserVendor(AnswerModel):
    """The shop that a user works for."""

    id: int
    vendor_code: str
    name: str
    currency: str


class SignedInUser(AnswerModel):
    """Who is signed in; only an owner changes settings, and a viewer changes nothing."""

    id: int
    email: str
    first_name: str
    last_name: str
    role: str


class VendorSession(AnswerModel):
    """A sign-in: send `access_token` as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["bearer"]
    vendor: UserVendor
    user: SignedInUser


class AdminAnswer(AnswerModel):
    """An admin of the platform."""

    id: int
    email: str


class AdminSession(AnswerModel):
    """A sign-in: send `access_token` as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["bearer"]
    user: AdminAnswer


class NewVendorUser(RequestModel):
    """Someone who is to work for a vendor."""

    email: Email
    password: NewPassword
    first_name: Line
    last_name: Line
    role: StaffRole = StaffRole.OWNER


class InvitedUser(RequestModel):
    """Someone who is to work for a vendor and sets a password by a link that is mailed to them."""

    email: Email
    first_name: Line
    last_name: Line
    role: StaffRole = StaffRole.STAFF


class VendorUserChanges(RequestModel):
    """What is to change; fields that are left out stay as they are. Who is not active cannot sign in."""

    first_name: Line = Field(default_factory=str)
    last_name: Line = Field(default_factory=str)
    role: StaffRole = Field(default_factory=lambda: StaffRole.STAFF)
    is_active: Flag = Field(default_factory=bool)

    def given(self) -> dict[str, Any]:
        """Only what was sent."""
        return self.model_dump(exclude_unset=True)


class OwnPassword(RequestModel):
    """A new password, by whoever knows the present one."""

    current_password: GivenPassword
    password: NewPassword


class LinkPassword(RequestModel):
    """A new password, by whoever has the link."""

    password: NewPassword


class PasswordLinkRequest(RequestModel):
    """Where the link is to be sent."""

    email: Email


class PasswordByLink(LinkPassword):
    """The token of the link, and the password to set."""

    token: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN_LENGTH)]


class VendorUserAnswer(SignedInUser):
    """Someone who works for a vendor; without a password they were only invited."""

    vendor_id: int
    is_active: bool
    has_password: bool
    created_at: datetime


class InvitedUserAnswer(VendorUserAnswer):
    """Someone who was invited; where the link was not sent, it is sent from the page of the shop's people."""

    link_sent: bool
