"""Access tokens: signed, short claims that say who calls and for which vendor."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt

from domain.errors import TokenExpired, TokenInvalid, WrongAudience

_ALGORITHM = "HS256"
_CLOCK_SKEW = timedelta(seconds=5)


class Audience(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Claims:
    """Whom a token speaks for: a row's id, and the vendor for customers and vendor users."""

    id: int
    vendor_id: int | None = None
    role: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadClaims(Claims):
    """Claims that a token was found to make, and until when it does."""

    expires_at: datetime


class Tokens:
    """Issues and reads tokens of one secret; `lifetime` is seconds."""

    def __init__(self, secret: str, lifetime: int) -> None:
        self._secret = secret
        self._lifetime = timedelta(seconds=lifetime)

    def issue(self, audience: Audience, claims: Claims) -> str:
        """A token for `claims` that only `audience` routes accept."""
        now = datetime.now(UTC)
        payload: dict[str, Any] = {
            "sub": str(claims.id),
            "aud": str(audience),
            "iat": now,
            "exp": now + self._lifetime,
        }
        if claims.vendor_id is not None:
            payload["vendor_id"] = claims.vendor_id
        if claims.role is not None:
            payload["role"] = claims.role
        return jwt.encode(payload, self._secret, algorithm=_ALGORITHM)

    def read(self, token: str, audience: Audience) -> ReadClaims:
        """The claims of a token. Raises TokenExpired, WrongAudience or TokenInvalid."""
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=str(audience),
                leeway=_CLOCK_SKEW,
                options={"require": ["sub", "aud", "iat", "exp"]},
            )
            vendor_id = payload.get("vendor_id")
            return ReadClaims(
                id=int(payload["sub"]),
                vendor_id=None if vendor_id is None else int(vendor_id),
                role=payload.get("role"),
                expires_at=datetime.fromtimestamp(payload["exp"], UTC),
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired("The access token has expired; please sign in again.") from None
        except jwt.InvalidAudienceError:
            raise WrongAudience("This access token is not for this part of the platform.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise TokenInvalid("The access token is not valid.") from None
