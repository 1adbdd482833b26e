"""Accounts by link: made from guests, and with a new password when the old one is forgotten."""

from fastapi import Response, status

from api.account_links import claim_account, send_link
from api.dependencies import DatabaseDep, EngineDep, LinksDep, TokensDep
from api.request_limits import RequestLimitsDep
from api.routes.shop import shop_router
from api.schemas.accounts import AccountClaim, AccountLinkRequest
from api.schemas.base import PathId
from api.schemas.customers import CustomerSession, present_session

router = shop_router("customers")


@router.post("/customers/account-link", status_code=status.HTTP_202_ACCEPTED, response_class=Response)
async def send_account_link(
    vendor_id: PathId,
    given: AccountLinkRequest,
    database: DatabaseDep,
    engine: EngineDep,
    limits: RequestLimitsDep,
) -> Response:
    """Send a link for a new password, or to a guest one for an account; at most one within a minute.

    The answer is the same whether or not anybody is known by this e-mail address. 429 `rate_limited` after
    ten requests from one address or five for one e-mail address, until a quarter of an hour is over.
    """
    await send_link(database, engine, limits, vendor_id=vendor_id, email=given.email)
    return Response(status_code=status.HTTP_202_ACCEPTED)


@router.post("/customers/accounts")
async def set_password(
    vendor_id: PathId, given: AccountClaim, database: DatabaseDep, links: LinksDep, tokens: TokensDep
) -> CustomerSession:
    """Set the password of an account, or make a guest one, by the link that was mailed; signed in.

    The account then sees what was ordered as a guest with its e-mail address. A link works once: 404
    `link_invalid` afterwards, 410 `link_expired` after a day.
    """
    account = await claim_account(database, links, vendor_id=vendor_id, given=given)
    return present_session(account, tokens)
