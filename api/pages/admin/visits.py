"""Who looks at a page of the platform: one of its admins."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from api.cookies import PLATFORM, Realm, forget_token, new_session_id, read_session_id
from api.dependencies import ContextDep
from api.pages.sign_in_needed import SignInNeeded, way_back
from api.pages.visits import PageVisit, claimed
from api.tokens import Audience, admin_claims
from db.queries.admins import signed_in_admin
from db.tables import Admin

PREFIX = "/admin"


@dataclass(frozen=True)
class PlatformVisit(PageVisit):
    """One request for a page of the platform by somebody, or nobody, who is signed in."""

    @property
    def realm(self) -> Realm:
        return PLATFORM

    @property
    def path(self) -> str:
        return PREFIX

    def signed_in(self, response: Response, admin: Admin) -> None:
        """Let the browser keep that an admin signed in."""
        self.sign_in(response, Audience.ADMIN, admin_claims(admin))


@dataclass(frozen=True)
class AdminVisit(PlatformVisit):
    """A visit by an admin."""

    admin: Admin


async def platform_visit(request: Request, context: ContextDep) -> PlatformVisit:
    """Somebody, or nobody, who is signed in at the platform."""
    return PlatformVisit(request, context, read_session_id(request.cookies, PLATFORM) or new_session_id())


AnyPlatformVisit = Annotated[PlatformVisit, Depends(platform_visit)]


async def _admin_visit(visit: AnyPlatformVisit) -> AdminVisit:
    """An admin. Raises SignInNeeded."""
    claims = claimed(visit.request, visit.context, PLATFORM, Audience.ADMIN)
    if claims is not None:
        async with visit.context.database.platform() as session:
            admin = await signed_in_admin(session, admin_id=claims.id, valid_from=claims.valid_from)
        if admin is not None:
            return AdminVisit(visit.request, visit.context, visit.session_id, admin)
    wanted = urlencode({"next": way_back(visit.request, "", otherwise=PREFIX)})
    response = visit.redirect(f"/login?{wanted}")
    if PLATFORM.caller in visit.request.cookies:
        forget_token(response, PLATFORM)
    raise SignInNeeded(response)


SignedInAdmin = Annotated[AdminVisit, Depends(_admin_visit)]
