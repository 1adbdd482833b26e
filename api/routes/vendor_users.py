"""The people who work for a vendor: for all of them to see, for its owners to change."""

from fastapi import status

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep, EngineDep
from api.refusals import refused
from api.routes.vendor import CurrentOwner, vendor_router
from api.schemas.base import PathId
from api.schemas.staff import InvitedUser, InvitedUserAnswer, VendorUserAnswer, VendorUserChanges
from api.staff_links import invite
from db.queries import people

router = vendor_router("people")
_OWNERS = refused("Only an owner may change people")


@router.get("/users", summary="List who works here")
async def list_users(user: CurrentVendorUser, database: DatabaseDep) -> list[VendorUserAnswer]:
    """Everybody who works or worked for the shop, those who left last."""
    async with database.reading(user.vendor_id) as session:
        found = await people.list_people(session, vendor_id=user.vendor_id)
    return [VendorUserAnswer.model_validate(one) for one in found]


@router.post(
    "/users",
    status_code=status.HTTP_201_CREATED,
    summary="Invite somebody to work here",
    responses={403: _OWNERS, 409: refused("`email_taken`")},
)
async def add_user(
    given: InvitedUser, owner: CurrentOwner, database: DatabaseDep, engine: EngineDep
) -> InvitedUserAnswer:
    """Somebody new, who gets an e-mail with a link by which they set a password, valid for three days."""
    user, sent = await invite(database, engine, vendor_id=owner.vendor_id, **given.model_dump())
    answer = VendorUserAnswer.model_validate(user)
    return InvitedUserAnswer(**answer.model_dump(), link_sent=sent)


@router.put(
    "/users/{user_id}",
    summary="Change somebody who works here",
    responses={
        403: _OWNERS,
        404: refused("`vendor_user_not_found`"),
        409: refused("`last_owner` who can sign in"),
    },
)
async def put_user(
    user_id: PathId, given: VendorUserChanges, owner: CurrentOwner, database: DatabaseDep
) -> VendorUserAnswer:
    """Change what is given. Who is deactivated is signed out at once."""
    async with database.vendor(owner.vendor_id) as session:
        user = await people.change_person(
            session, vendor_id=owner.vendor_id, user_id=user_id, changes=given.given()
        )
    return VendorUserAnswer.model_validate(user)
