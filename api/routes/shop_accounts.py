"""Accounts by link: made from guests, and with a new password when the old one is forgotten."""

from fastapi import Response, status

from api.accounts import claim_account
from api.dependencies import DatabaseDep, EngineDep, LinksDep, TokensDep
from api.request_limits import RequestLimitsDep
from api.routes.shop import shop_router
from api.schemas.accounts import AccountClaim, AccountLinkRequest
from api.schemas.base import PathId
from api.schemas.customers import CustomerSession, present_session
from db.queries import accounts, vendors
from domain.request_limits import MOST_LINKS_FROM_ONE_ADDRESS, MOST_LINKS_TO_ONE_PERSON, Limit
from workflows.account_messages import AccountLink

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
    async with database.reading(vendor_id) as session:
        await vendors.get_open_vendor(session, vendor_id=vendor_id)
    person = Limit(f"{vendor_id}:{given.email}", MOST_LINKS_TO_ONE_PERSON)
    await limits.check("account-link", from_address=MOST_LINKS_FROM_ONE_ADDRESS, person=person)
    async with database.reading(vendor_id) as session:
        customer_id = await accounts.find_link_target(session, vendor_id=vendor_id, email=given.email)
    if customer_id is None:
        # So that Temporal being away is answered alike, and nobody learns from a 503 who is known.
        await engine.ping()
    else:
        await engine.send_account_link(AccountLink(vendor_id, customer_id))
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
