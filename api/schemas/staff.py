"""The people who run shops and the platform."""

from datetime import datetime
from typing import Literal

from api.schemas.base import AnswerModel, Line, RequestModel
from api.schemas.customers import Email, NewPassword
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


class VendorUserAnswer(SignedInUser):
    """Someone who works for a vendor."""

    vendor_id: int
    is_active: bool
    created_at: datetime
