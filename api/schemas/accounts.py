"""Accounts by link: who asks for one, and what the link is used for."""

from typing import Annotated

from pydantic import Field

from api.schemas.base import Line, RequestModel
from api.schemas.customers import Email, NewPassword
from domain.links import MAX_TOKEN_LENGTH


class AccountLinkRequest(RequestModel):
    """Where the link is to be sent."""

    email: Email


class AccountClaim(RequestModel):
    """The token of the link, and the password to set; names that are not given stay as they are."""

    token: Annotated[str, Field(min_length=1, max_length=MAX_TOKEN_LENGTH)]
    password: NewPassword
    first_name: Line | None = None
    last_name: Line | None = None
