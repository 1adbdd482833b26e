"""Access tokens."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from api.tokens import Audience, Claims, Tokens
from domain.errors import DomainError, TokenExpired, TokenInvalid, WrongAudience

_SECRET = "a secret of at least thirty-two bytes"
_tokens = Tokens(_SECRET, 60)


def _forge(secret: str = _SECRET, algorithm: str = "HS256", **changes: object) -> str:
    now = datetime.now(UTC)
    payload: dict[str, object] = {
        "sub": "7",
        "aud": "customer",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "vendor_id": 1,
    }
    payload = {name: value for name, value in {**payload, **changes}.items() if value is not None}
    return jwt.encode(payload, secret, algorithm=algorithm)


def test_claims_survive() -> None:
    claims = Claims(id=7, vendor_id=3, role="owner")

    read = _tokens.read(_tokens.issue(Audience.VENDOR, claims), Audience.VENDOR)

    assert (read.id, read.vendor_id, read.role) == (7, 3, "owner")
    assert timedelta() < read.expires_at - datetime.now(UTC) <= timedelta(minutes=1)


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (_forge(exp=datetime(2020, 1, 1, tzinfo=UTC)), TokenExpired),
        (_forge(aud="vendor"), WrongAudience),
        (_forge(aud=None), TokenInvalid),
        (_forge(exp=None), TokenInvalid),
        (_forge(sub="someone"), TokenInvalid),
        (_forge(vendor_id="x"), TokenInvalid),
        (_forge(iat=datetime.now(UTC) + timedelta(hours=1)), TokenInvalid),
        (_forge(secret="another secret of thirty-two bytes"), TokenInvalid),
        (_forge(secret=_SECRET * 2, algorithm="HS512"), TokenInvalid),
        ("", TokenInvalid),
        ("not.a.token", TokenInvalid),
        (jwt.encode({"sub": "7", "aud": "customer"}, None, algorithm="none"), TokenInvalid),
    ],
)
def test_token_that_is_not_ours_or_not_for_this_is_refused(token: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        _tokens.read(token, Audience.CUSTOMER)
