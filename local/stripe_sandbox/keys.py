"""Who is calling: the secret key, or the publishable key of a browser."""

import base64
import binascii
import hmac
from typing import Any

from starlette.requests import Request

from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.errors import secret_key_required, unauthenticated


def authenticate(request: Request, raw: dict[str, Any], configuration: Configuration) -> bool:
    """True when the call carries the publishable key, False for the secret key.

    The key is a bearer token, the user name of Basic authentication, or (Stripe.js) the parameter `key`.
    Raises `RefusedRequestError` 401 for no key or a wrong one.
    """
    key = _presented(request.headers.get("authorization", "")) or raw.get("key")
    if not key or not isinstance(key, str):
        raise unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
            "https://stripe.com/docs/api#authentication for details."
        )
    if hmac.compare_digest(key.encode(), configuration.secret_key.encode()):
        return False
    if hmac.compare_digest(key.encode(), configuration.publishable_key.encode()):
        return True
    raise unauthenticated(f"Invalid API Key provided: {_masked(key)}")


def require_secret(*, publishable: bool, allowed: bool) -> None:
    """Raises `RefusedRequestError` 403 when a publishable key calls what only the secret key may."""
    if publishable and not allowed:
        raise secret_key_required()


def _presented(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def _masked(key: str) -> str:
    return key if len(key) < 12 else f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"
