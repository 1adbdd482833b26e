"""The link for a password: for one customer, for a day, and used once."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.accounts import LINK_LIFETIME, account_token, check_unused
from domain.errors import LinkExpired, LinkInvalid
from domain.links import LinkPurpose, Links

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
LINKS = Links("a secret of the tests")
PRESENT, NEXT = "$argon2id$present", "$argon2id$next"


def token(password_hash: str | None) -> str:
    return account_token(LINKS, vendor_id=7, customer_id=42, password_hash=password_hash, asked_at=NOW)


@pytest.mark.parametrize("password_hash", [None, PRESENT])
def test_link_is_good_for_the_password_it_was_made_for(password_hash: str | None) -> None:
    link = LINKS.read(token(password_hash), LinkPurpose.ACCOUNT, NOW)

    check_unused(LINKS, link, password_hash=password_hash, account_id=None)
    assert (link.vendor_id, link.subject_id, link.expires_at) == (7, 42, NOW + timedelta(hours=24))
    assert PRESENT not in token(PRESENT)


@pytest.mark.parametrize(
    ("made_for", "password_hash", "account_id"),
    [(PRESENT, NEXT, None), (PRESENT, None, None), (None, PRESENT, None), (None, None, 1)],
    ids=["another password", "password gone", "guest has one", "guest became an account"],
)
def test_link_is_used_up_when_its_state_is_over(
    made_for: str | None, password_hash: str | None, account_id: int | None
) -> None:
    link = LINKS.read(token(made_for), LinkPurpose.ACCOUNT, NOW)

    with pytest.raises(LinkInvalid):
        check_unused(LINKS, link, password_hash=password_hash, account_id=account_id)


def test_link_ends_after_a_day() -> None:
    with pytest.raises(LinkExpired):
        LINKS.read(token(None), LinkPurpose.ACCOUNT, NOW + LINK_LIFETIME)
