"""What was chosen at the checkout, in the address."""

from urllib.parse import urlencode

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from api.pages.shop.choices import Choice, read_choice
from api.schemas.base import MAX_ID

IDS = st.none() | st.integers(1, MAX_ID)
METHODS = st.none() | st.text(min_size=1, max_size=40).filter(str.isprintable)


def request(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode("utf-8", "surrogatepass"), "headers": []})


@given(st.builds(Choice, shipping=IDS, billing=IDS, method=METHODS))
def test_choice_survives_its_address(choice: Choice) -> None:
    assert read_choice(request(choice.query)) == choice


@given(
    st.dictionaries(st.sampled_from(["shipping", "billing", "method", "same", "new"]), st.text(max_size=60))
)
def test_whatever_an_address_holds_is_a_choice(query: dict[str, str]) -> None:
    choice = read_choice(request(urlencode(query, errors="replace")))

    for number in (choice.shipping, choice.billing):
        assert number is None or 0 < number <= MAX_ID
    assert choice.method is None or (choice.method.isprintable() and 0 < len(choice.method) <= 40)
    assert read_choice(request(choice.query)) == choice


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "one", "٣", "1e3", " 1", str(MAX_ID + 1), "9" * 5000])
def test_what_is_no_id_was_not_chosen(text: str) -> None:
    assert read_choice(request(urlencode({"shipping": text, "billing": text}))) == Choice()


@pytest.mark.parametrize("text", ["", "x" * 41, "a\nb", "\x00"])
def test_what_is_no_method_was_not_chosen(text: str) -> None:
    assert read_choice(request(urlencode({"method": text}))).method is None


def test_same_address_for_the_bill_overrules_another_one() -> None:
    assert read_choice(request("shipping=1&billing=2&same=1")) == Choice(shipping=1)
    assert read_choice(request("shipping=1&billing=2&same=")) == Choice(shipping=1, billing=2)
