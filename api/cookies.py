"""Cookies of the pages: who visits, who is signed in, and proof that a form came from our own page."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from domain.errors import CsrfInvalid
from settings import Settings

CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
_VISITOR_SECONDS = 90 * 86_400
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Realm:
    """Pages that share a sign-in: the names of the cookies for whoever visits and for whoever signed in."""

    visitor: str
    caller: str


DESK = Realm("orion_visitor_vendor", "orion_vendor")
PLATFORM = Realm("orion_visitor_admin", "orion_admin")


def shop_realm(vendor_id: int) -> Realm:
    """The pages of one shop."""
    return Realm(visitor_cookie(vendor_id), customer_cookie(vendor_id))


def visitor_cookie(vendor_id: int) -> str:
    """The name of the cookie with the session id of a visitor's cart at one shop."""
    return f"orion_visitor_{vendor_id}"


def customer_cookie(vendor_id: int) -> str:
    """The name of the cookie with the access token of a customer of one shop."""
    return f"orion_customer_{vendor_id}"


def new_session_id() -> str:
    """A session id that nobody guesses."""
    return secrets.token_urlsafe(24)


def read_session_id(cookies: Mapping[str, str], realm: Realm) -> str | None:
    """The session id that a browser sent, if it is one."""
    given = cookies.get(realm.visitor, "")
    return given if _SESSION_ID.fullmatch(given) else None


def keep_session_id(response: Response, settings: Settings, realm: Realm, session_id: str) -> None:
    """Let the browser keep its visitor's session id for 90 days."""
    _keep(response, settings, realm.visitor, session_id, _VISITOR_SECONDS)


def keep_token(response: Response, settings: Settings, realm: Realm, token: str) -> None:
    """Let the browser keep the access token of whoever signed in for as long as it is valid."""
    _keep(response, settings, realm.caller, token, settings.token_lifetime)


def forget_token(response: Response, realm: Realm) -> None:
    """Sign the browser out of these pages."""
    response.delete_cookie(realm.caller, path="/", httponly=True, samesite="lax")


def csrf_token(settings: Settings, session_id: str) -> str:
    """What a page of ours puts into its forms, and no other site can know.

    Bound to the visitor by a keyed hash, as OWASP's "Cross-Site Request Forgery Prevention" has it for
    signed double-submit cookies.
    """
    key = settings.jwt_secret.get_secret_value().encode()
    return hmac.new(key, f"csrf:{session_id}".encode(), hashlib.sha256).hexdigest()


def check_csrf(request: Request, settings: Settings, realm: Realm, given: str | None) -> None:
    """Let a request that changes something pass only if a page of ours sent it. Raises CsrfInvalid."""
    session_id = read_session_id(request.cookies, realm)
    site = request.headers.get("sec-fetch-site", "same-origin")
    expected = csrf_token(settings, session_id) if session_id else ""
    if site != "same-origin" or not session_id or not _is_same(expected, given or ""):
        raise CsrfInvalid("This page is too old to be sent. Please load it again and repeat what you did.")


def _is_same(expected: str, given: str) -> bool:
    # As bytes: text that is not ASCII cannot be compared in constant time.
    return hmac.compare_digest(expected.encode(), given.encode())


def _keep(response: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    # Lax: the cookie comes along when an e-mail's link leads here, and never with another site's forms.
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.public_url.startswith("https://"),
    )
