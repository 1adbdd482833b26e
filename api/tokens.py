"""Access tokens: signed, short claims that say who calls and for which vendor."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt

from db.tables import Admin, Customer, VendorUser
from domain.errors import TokenExpired, TokenInvalid, WrongAudience

_ALGORITHM = "HS256"
_CLOCK_SKEW = timedelta(seconds=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT = timedelta(microseconds=1)  # of `tokens_valid_from` in PostgreSQL


class Audience(StrEnum):
    CUSTOMER = "customer"
    VENDOR = "vendor"
    ADMIN = "admin"


@dataclass(frozen=True)
class Claims:
    """Whom a token speaks for: a row's id, and the vendor for customers and vendor users.

    `valid_from` is the `tokens_valid_from` of the customer, vendor user or admin as it was when they were
    looked up; a token counts while it names the present one. Times of issue are not compared: they have
    whole seconds, and a token can be issued after a new password was set, to somebody who had proved the old
    one before.
    """

    id: int
    vendor_id: int | None = None
    role: str | None = None
    valid_from: datetime = _EPOCH


def customer_claims(customer: Customer) -> Claims:
    """The claims of a customer who proved who they are; `customer` as read before the proof was checked."""
    return Claims(id=customer.id, vendor_id=customer.vendor_id, valid_from=customer.tokens_valid_from)


def staff_claims(user: VendorUser) -> Claims:
    """The claims of somebody who works for a vendor and proved it; `user` as read before."""
    return Claims(user.id, user.vendor_id, role=user.role, valid_from=user.tokens_valid_from)


def admin_claims(admin: Admin) -> Claims:
    """The claims of an admin who proved it; `admin` as read before."""
    return Claims(admin.id, valid_from=admin.tokens_valid_from)


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
        if claims.valid_from != _EPOCH:
            payload["valid_from"] = (claims.valid_from - _EPOCH) // _UNIT
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
                valid_from=_EPOCH + int(payload.get("valid_from", 0)) * _UNIT,
                expires_at=datetime.fromtimestamp(payload["exp"], UTC),
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired("The access token has expired; please sign in again.") from None
        except jwt.InvalidAudienceError:
            raise WrongAudience("This access token is not for this part of the platform.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise TokenInvalid("The access token is not valid.") from None
