"""Who looks at a page of the desk: somebody who works for a vendor, and for which."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import Response

from api.cookies import DESK, Realm, forget_token, new_session_id, read_session_id
from api.dependencies import ContextDep
from api.pages.sign_in_needed import SignInNeeded, way_back
from api.pages.visits import SAFE_METHODS, PageVisit, claimed
from api.tokens import Audience, staff_claims
from db.queries.staff import signed_in_user
from db.tables import Vendor, VendorUser
from domain.staff import StaffRole, check_may_change, check_owner

PREFIX = "/vendor"


@dataclass(frozen=True)
class DeskVisit(PageVisit):
    """One request for a page of the desk by somebody, or nobody, who is signed in."""

    @property
    def realm(self) -> Realm:
        return DESK

    @property
    def path(self) -> str:
        return PREFIX

    def signed_in(self, response: Response, user: VendorUser) -> None:
        """Let the browser keep that somebody signed in."""
        self.sign_in(response, Audience.VENDOR, staff_claims(user))


@dataclass(frozen=True)
class StaffVisit(DeskVisit):
    """A visit by somebody who works for `vendor`."""

    user: VendorUser
    vendor: Vendor

    @property
    def zone(self) -> ZoneInfo:
        """Where the days of the shop begin and end."""
        return ZoneInfo(self.vendor.time_zone)

    @property
    def is_owner(self) -> bool:
        return self.user.role == StaffRole.OWNER

    @property
    def may_change(self) -> bool:
        """Whether forms are shown at all; every route refuses a viewer's besides."""
        return self.user.role != StaffRole.VIEWER


async def desk_visit(request: Request, context: ContextDep) -> DeskVisit:
    """Somebody, or nobody, who is signed in at the desk."""
    return DeskVisit(request, context, read_session_id(request.cookies, DESK) or new_session_id())


AnyDeskVisit = Annotated[DeskVisit, Depends(desk_visit)]


async def _own_visit(visit: AnyDeskVisit) -> StaffVisit:
    """Somebody who works for a vendor, at what is theirs alone, whatever their role. Raises SignInNeeded."""
    claims = claimed(visit.request, visit.context, DESK, Audience.VENDOR)
    if claims is not None and claims.vendor_id is not None:
        async with visit.context.database.direct(claims.vendor_id, reading=True) as direct:
            found = await signed_in_user(direct, user_id=claims.id, valid_from=claims.valid_from)
        if found is not None:
            user, vendor = found
            return StaffVisit(visit.request, visit.context, visit.session_id, user, vendor)
    wanted = urlencode({"next": way_back(visit.request, "", otherwise=f"{PREFIX}/orders")})
    response = visit.redirect(f"/login?{wanted}")
    if DESK.caller in visit.request.cookies:
        forget_token(response, DESK)
    raise SignInNeeded(response)


OwnVisit = Annotated[StaffVisit, Depends(_own_visit)]


async def _staff_visit(visit: OwnVisit) -> StaffVisit:
    """Somebody who works for a vendor; a viewer who sends a form is refused. Raises SignInNeeded."""
    if visit.request.method not in SAFE_METHODS:
        check_may_change(visit.user.role)
    return visit


Staff = Annotated[StaffVisit, Depends(_staff_visit)]


async def _owner_visit(visit: Staff) -> StaffVisit:
    """An owner of the shop. Raises Forbidden."""
    check_owner(visit.user.role)
    return visit


Owner = Annotated[StaffVisit, Depends(_owner_visit)]
