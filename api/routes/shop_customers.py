"""Registration and sign-in of a shop's customers."""

from fastapi import status

from api.dependencies import DatabaseDep, TokensDep
from api.passwords import hashed, verified
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.customers import Credentials, CustomerAnswer, CustomerSession, Registration
from api.signing_in import SignInGuardDep
from api.tokens import Audience, Claims, Tokens
from db.queries import customers, vendors
from db.tables import Customer
from domain.errors import InvalidCredentials

router = shop_router("customers")


@router.post("/customers/register", status_code=status.HTTP_201_CREATED)
async def register(
    vendor_id: PathId, given: Registration, database: DatabaseDep, tokens: TokensDep
) -> CustomerSession:
    """A new customer, signed in; 409 `email_taken`."""
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    password_hash = await hashed(given.password)
    async with database.vendor(vendor_id) as session:
        customer = await customers.add_customer(
            session,
            vendor_id=vendor_id,
            email=given.email,
            password_hash=password_hash,
            first_name=given.first_name,
            last_name=given.last_name,
        )
    return _session(customer, tokens)


@router.post("/customers/login")
async def login(
    vendor_id: PathId,
    given: Credentials,
    database: DatabaseDep,
    tokens: TokensDep,
    guard: SignInGuardDep,
) -> CustomerSession:
    """Sign in; 401 `invalid_credentials`, which tells nothing about which of the two is wrong.

    429 `rate_limited` after ten wrong passwords, until a quarter of an hour is over.
    """
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
        customer = await customers.customer_by_email(session, vendor_id=vendor_id, email=given.email)
    async with guard.attempt(Audience.CUSTOMER, given.email, vendor_id=vendor_id):
        right = await verified(customer.password_hash if customer else None, given.password)
        if customer is None or not right:
            raise InvalidCredentials("The e-mail address or the password is wrong.")
    return _session(customer, tokens)


def _session(customer: Customer, tokens: Tokens) -> CustomerSession:
    claims = Claims(id=customer.id, vendor_id=customer.vendor_id)
    return CustomerSession(
        access_token=tokens.issue(Audience.CUSTOMER, claims),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        customer=CustomerAnswer.model_validate(customer),
    )
