"""The link by which an admin of the platform sets a new password."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.admins import LINK_LIFETIME, admin_token, check_admin_link
from domain.errors import LinkExpired, LinkInvalid
from domain.links import LinkPurpose, Links

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LINKS = Links("a secret")


def test_link_is_for_one_password_and_one_hour() -> None:
    token = admin_token(LINKS, admin_id=7, password_hash="present", asked_at=NOW)
    link = LINKS.read(token, LinkPurpose.ADMIN, NOW + LINK_LIFETIME - timedelta(seconds=1))

    assert link.subject_id == 7
    check_admin_link(LINKS, link, password_hash="present")
    with pytest.raises(LinkInvalid):
        check_admin_link(LINKS, link, password_hash="set meanwhile")
    with pytest.raises(LinkExpired):
        LINKS.read(token, LinkPurpose.ADMIN, NOW + LINK_LIFETIME)
    with pytest.raises(LinkInvalid):
        LINKS.read(token, LinkPurpose.STAFF, NOW)
