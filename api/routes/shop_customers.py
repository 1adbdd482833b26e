"""Registration and sign-in of a shop's customers."""

from fastapi import status

from api.customer_accounts import add_account, find_account
from api.dependencies import DatabaseDep, TokensDep
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.customers import Credentials, CustomerAnswer, CustomerSession, Registration
from api.signing_in import SignInGuardDep
from api.tokens import Audience, Claims, Tokens
from db.tables import Customer

router = shop_router("customers")


@router.post("/customers/register", status_code=status.HTTP_201_CREATED)
async def register(
    vendor_id: PathId, given: Registration, database: DatabaseDep, tokens: TokensDep
) -> CustomerSession:
    """A new customer, signed in; 409 `email_taken`."""
    return _session(await add_account(database, vendor_id, given), tokens)


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
    return _session(await find_account(database, guard, vendor_id, given), tokens)


def _session(customer: Customer, tokens: Tokens) -> CustomerSession:
    claims = Claims(id=customer.id, vendor_id=customer.vendor_id)
    return CustomerSession(
        access_token=tokens.issue(Audience.CUSTOMER, claims),
        token_type="bearer",  # noqa: S106 -- the scheme's name, no secret
        customer=CustomerAnswer.model_validate(customer),
    )
