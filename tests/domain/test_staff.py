"""Roles, the last owner, and links for passwords."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Forbidden, LastOwner, LinkExpired, LinkInvalid
from domain.links import LinkPurpose, Links
from domain.staff import (
    INVITATION_LIFETIME,
    PASSWORD_LIFETIME,
    Person,
    check_may_change,
    check_owner,
    check_owner_remains,
    check_staff_link,
    staff_token,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LINKS = Links("a secret")
PEOPLE = st.lists(
    st.builds(
        Person,
        st.integers(1, 5),
        st.sampled_from(["owner", "staff", "viewer"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
)


@pytest.mark.parametrize(
    ("role", "changes", "owns"), [("owner", True, True), ("staff", True, False), ("viewer", False, False)]
)
def test_roles(role: str, changes: bool, owns: bool) -> None:
    for check, allowed in ((check_may_change, changes), (check_owner, owns)):
        if allowed:
            check(role)
        else:
            with pytest.raises(Forbidden):
                check(role)


OWNER = Person(1, "owner", is_active=True, has_password=True)


@pytest.mark.parametrize(
    "other",
    [
        replace(OWNER, role="staff"),
        replace(OWNER, is_active=False),
        replace(OWNER, has_password=False),
    ],
)
def test_last_owner_who_can_sign_in_stays(other: Person) -> None:
    with pytest.raises(LastOwner):
        check_owner_remains([OWNER], [other])
    check_owner_remains([OWNER], [other, replace(OWNER, id=2)])
    check_owner_remains([other], [])


@given(PEOPLE, PEOPLE)
def test_a_shop_with_an_owner_keeps_one(before: list[Person], after: list[Person]) -> None:
    had, has = (any(one.can_run_the_shop for one in people) for people in (before, after))
    try:
        check_owner_remains(before, after)
    except LastOwner:
        assert had
        assert not has
    else:
        assert has or not had


@pytest.mark.parametrize(
    ("password_hash", "lifetime"), [(None, INVITATION_LIFETIME), ("present", PASSWORD_LIFETIME)]
)
def test_link_is_for_one_password_and_some_days(password_hash: str | None, lifetime: timedelta) -> None:
    token = staff_token(LINKS, vendor_id=3, user_id=7, password_hash=password_hash, asked_at=NOW)
    link = LINKS.read(token, LinkPurpose.STAFF, NOW + lifetime - timedelta(seconds=1))

    assert (link.vendor_id, link.subject_id) == (3, 7)
    check_staff_link(LINKS, link, password_hash=password_hash, is_active=True)
    for other, is_active in (("set meanwhile", True), (password_hash, False)):
        with pytest.raises(LinkInvalid):
            check_staff_link(LINKS, link, password_hash=other, is_active=is_active)
    with pytest.raises(LinkExpired):
        LINKS.read(token, LinkPurpose.STAFF, NOW + lifetime)
    with pytest.raises(LinkInvalid):
        LINKS.read(token, LinkPurpose.ACCOUNT, NOW)
