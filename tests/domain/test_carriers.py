"""Carriers: where a parcel can be followed, and numbers that cannot be."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.carriers import CARRIERS, check_tracking_number, tracking_url
from domain.errors import TrackingNumberInvalid


@pytest.mark.parametrize(
    ("carrier", "host"),
    [
        ("DHL", "www.dhl.com"),
        ("dhl express", "www.dhl.com"),
        ("DPD", "tracking.dpd.de"),
        ("UPS", "www.ups.com"),
        ("FedEx", "www.fedex.com"),
        ("GLS", "gls-group.eu"),
        ("POST Luxembourg", "www.post.lu"),
        ("La Poste", "www.laposte.fr"),
        ("Colissimo", "www.laposte.fr"),
        ("La Poste / Colissimo", "www.laposte.fr"),
        ("bpost", "track.bpost.cloud"),
        ("Post-NL", "jouw.postnl.nl"),
        ("PostNord", "tracking.postnord.com"),
    ],
)
def test_known_carrier_has_a_page(carrier: str, host: str) -> None:
    address = urlsplit(tracking_url(carrier, "CE123456789LU") or "")
    assert (address.scheme, address.hostname) == ("https", host)


def test_tracking_url_carries_the_number() -> None:
    assert (
        tracking_url("UPS", " 1Z 999/AA?&# ") == "https://www.ups.com/track?tracknum=1Z%20999%2FAA%3F%26%23"
    )
    assert tracking_url("PostNL", "3SABCD") == "https://jouw.postnl.nl/track-and-trace/3SABCD"


@pytest.mark.parametrize("carrier", ["", "Pigeon Post", "post", "javascript:"])
def test_unknown_carrier_has_no_page(carrier: str) -> None:
    assert tracking_url(carrier, "123") is None


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=64))
def test_tracking_number_never_leaves_its_place(number: str) -> None:
    opening = "https://www.ups.com/track?tracknum="
    address = tracking_url("UPS", number) or ""
    assert address.startswith(opening)
    encoded = address.removeprefix(opening)
    assert not set(encoded) & set("&#?/<>\"' \r\n")
    assert unquote(encoded) == number.strip()


@pytest.mark.parametrize("number", ["1", "x" * 64, "1Z 999 AA1"])
def test_tracking_number_is_taken(number: str) -> None:
    check_tracking_number(number)
    assert number.replace(" ", "%20") in (tracking_url("DPD", number) or "")


@pytest.mark.parametrize("number", ["", "   ", "x" * 65, "12\n34", "12\x0034", "12\u202e34"])
def test_tracking_number_is_refused(number: str) -> None:
    with pytest.raises(TrackingNumberInvalid):
        check_tracking_number(number)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_carriers_that_are_offered_are_known(carrier: str) -> None:
    assert tracking_url(carrier, "4711") is not None
