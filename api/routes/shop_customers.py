"""Registration and sign-in of a shop's customers, and guests."""

from fastapi import status

from api.callers import CurrentCustomer
from api.customer_accounts import add_account, add_guest, find_account
from api.dependencies import DatabaseDep, TokensDep
from api.request_limits import RequestLimitsDep
from api.routes.shop import shop_router
from api.schemas.base import PathId
from api.schemas.customers import Credentials, CustomerSession, Guest, Registration, present_session
from api.signing_in import SignInGuardDep
from db.queries import customers

router = shop_router("customers")


@router.post("/customers/register", status_code=status.HTTP_201_CREATED)
async def register(
    vendor_id: PathId, given: Registration, database: DatabaseDep, tokens: TokensDep
) -> CustomerSession:
    """A new customer, signed in; 409 `email_taken`."""
    return present_session(await add_account(database, vendor_id, given), tokens)


@router.post("/customers/guest", status_code=status.HTTP_201_CREATED)
async def continue_as_guest(
    vendor_id: PathId, given: Guest, database: DatabaseDep, tokens: TokensDep, limits: RequestLimitsDep
) -> CustomerSession:
    """A new guest, signed in: always a new customer, who sees nothing that belongs to the e-mail address.

    429 `rate_limited` after thirty from one address, until a quarter of an hour is over.
    """
    return present_session(await add_guest(database, limits, vendor_id, given), tokens)


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
    return present_session(await find_account(database, guard, vendor_id, given), tokens)


@router.post("/customers/sign-out-everywhere", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out_everywhere(customer: CurrentCustomer, database: DatabaseDep) -> None:
    """End every sign-in of the customer, this one too: 401 `token_invalid` from now on."""
    async with database.vendor(customer.vendor_id) as session:
        await customers.end_sign_ins(session, customer_id=customer.id)
