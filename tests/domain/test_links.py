"""Signed links: they say what was signed, and nothing else is ever read from them."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import LinkExpired, LinkInvalid
from domain.links import MAX_TOKEN_LENGTH, Link, LinkPurpose, Links

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
LINKS = Links("a secret of the tests")
LINK = Link(LinkPurpose.TRACK, vendor_id=7, subject_id=42, expires_at=NOW + timedelta(days=180))

ids = st.integers(min_value=1, max_value=2**63 - 1)
made_links = st.builds(
    Link,
    purpose=st.sampled_from(LinkPurpose),
    vendor_id=ids,
    subject_id=ids,
    expires_at=st.integers(1, 10 * 365 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    bound_to=st.sampled_from(["", LINKS.fingerprint("a state")]),
)


@given(made_links)
def test_token_says_what_was_signed_and_fits_into_a_path(link: Link) -> None:
    token = LINKS.sign(link)

    assert LINKS.read(token, link.purpose, NOW) == link
    assert LINKS.sign(link) == token
    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(token) < 200


@given(made_links, st.data())
def test_token_with_another_character_anywhere_is_invalid(link: Link, data: st.DataObject) -> None:
    token = LINKS.sign(link)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[place]))

    with pytest.raises(LinkInvalid):
        LINKS.read(token[:place] + other + token[place + 1 :], link.purpose, NOW)


@given(st.text(max_size=300))
def test_rubbish_is_invalid(token: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(token, LinkPurpose.TRACK, NOW)


@pytest.mark.parametrize("damage", ["", ".", "=", " ", "x" * MAX_TOKEN_LENGTH])
def test_longer_or_empty_token_is_invalid(damage: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.read(LINKS.sign(LINK) + damage if damage else "", LinkPurpose.TRACK, NOW)


@given(made_links)
def test_token_of_another_purpose_or_secret_is_invalid(link: Link) -> None:
    for other in set(LinkPurpose) - {link.purpose}:
        with pytest.raises(LinkInvalid):
            LINKS.read(LINKS.sign(link), other, NOW)
    with pytest.raises(LinkInvalid):
        Links("another secret").read(LINKS.sign(link), link.purpose, NOW)


def test_token_is_expired_from_the_moment_it_says() -> None:
    token = LINKS.sign(LINK)

    assert LINKS.read(token, LinkPurpose.TRACK, LINK.expires_at - timedelta(seconds=1)) == LINK
    with pytest.raises(LinkExpired):
        LINKS.read(token, LinkPurpose.TRACK, LINK.expires_at)


def test_forged_token_is_invalid_even_when_it_is_late() -> None:
    token = Links("another secret").sign(LINK)

    with pytest.raises(LinkInvalid):
        LINKS.read(token, LinkPurpose.TRACK, LINK.expires_at)


@given(st.text(), st.text())
def test_fingerprint_tells_states_apart_and_not_what_they_are(one: str, another: str) -> None:
    assert (LINKS.fingerprint(one) == LINKS.fingerprint(another)) == (one == another)
    assert LINKS.fingerprint(one) != Links("another secret").fingerprint(one)
