"""Customers: registration, sign-in, and what they are answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, EmailStr, Field, StringConstraints

from api.passwords import normalise_email
from api.schemas.base import AnswerModel, Line, Printable, RequestModel
from api.tokens import Audience, Tokens, customer_claims
from db.tables import Customer

Email = Annotated[EmailStr, Field(max_length=254), AfterValidator(normalise_email)]
NewPassword = Annotated[str, Field(min_length=8, max_length=128)]
# At sign-in whatever was typed is compared, so only its length is limited.
GivenEmail = Annotated[str, StringConstraints(max_length=254), Printable, AfterValidator(normalise_email)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=128)]


class Registration(RequestModel):
    """A new customer of a shop."""

    email: Email
    password: NewPassword
    first_name: Line
    last_name: Line


class Guest(RequestModel):
    """Somebody who orders without an account."""

    email: Email


class Credentials(RequestModel):
    """Who signs in."""

    email: GivenEmail
    password: GivenPassword


class CustomerAnswer(AnswerModel):
    """A customer, as shown to themselves; a guest has no name until they save an address."""

    id: int
    email: str
    first_name: str
    last_name: str
    is_guest: bool


class CustomerSession(AnswerModel):
    """A sign-in: send `access_token` as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["bearer"]
    customer: CustomerAnswer


def present_session(customer: Customer, tokens: Tokens) -> CustomerSession:
    """The customer, signed in."""
    return CustomerSession(
        access_token=tokens.issue(Audience.CUSTOMER, customer_claims(customer)),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        customer=CustomerAnswer.model_validate(customer),
    )
