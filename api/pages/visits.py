"""A request for a page: who asks, in which realm, and how it is answered."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.cookies import (
    Realm,
    csrf_token,
    forget_token,
    keep_session_id,
    keep_token,
    new_session_id,
    read_session_id,
)
from api.dependencies import Context
from api.pages.rendering import language_of, render_page
from api.pages.wording import explain
from api.tokens import Audience, Claims, ReadClaims
from domain.errors import DomainError, Forbidden, Unauthenticated

SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class PageVisit:
    """One request for a page; each realm has its own kind."""

    request: Request
    context: Context
    session_id: str

    @property
    def realm(self) -> Realm:
        """Whose cookies count."""
        raise NotImplementedError

    @property
    def path(self) -> str:
        """Where the realm's pages begin."""
        raise NotImplementedError

    def page(
        self, template: str, *, status_code: int = 200, with_stripe: bool = False, **facts: object
    ) -> HTMLResponse:
        """The page of a template, which can use this visit as `visit`."""
        settings = self.context.settings
        response = render_page(
            self.request,
            template,
            {"visit": self, "csrf_token": csrf_token(settings, self.session_id), **facts},
            status_code=status_code,
            stripe_js_url=settings.stripe_js_url if with_stripe else None,
        )
        self.keep(response)
        return response

    def explain(self, refused: DomainError) -> str:
        """Why something was refused, in the visitor's language."""
        return explain(refused, language_of(self.request))

    def redirect(self, path: str) -> RedirectResponse:
        """Send the browser to another page of this realm, by GET."""
        response = RedirectResponse(f"{self.path}{path}", status_code=303)
        self.keep(response)
        return response

    def keep(self, response: Response) -> None:
        """Let the browser know itself again."""
        if read_session_id(self.request.cookies, self.realm) != self.session_id:
            keep_session_id(response, self.context.settings, self.realm, self.session_id)

    def sign_in(self, response: Response, audience: Audience, claims: Claims) -> None:
        """Let the browser keep that somebody signed in."""
        token = self.context.tokens.issue(audience, claims)
        keep_token(response, self.context.settings, self.realm, token)

    def sign_out(self, response: Response) -> None:
        """Let the browser forget who was signed in, and every form that it still shows."""
        forget_token(response, self.realm)
        keep_session_id(response, self.context.settings, self.realm, new_session_id())


def claimed(request: Request, context: Context, realm: Realm, audience: Audience) -> ReadClaims | None:
    """What the token in a realm's cookie claims; None without one, and for one that does not count."""
    token = request.cookies.get(realm.caller)
    if token is None:
        return None
    try:
        return context.tokens.read(token, audience)
    except (Unauthenticated, Forbidden):
        return None
