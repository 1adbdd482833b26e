"""The tree of refusals: its codes, and the way over a process boundary and back."""

import json
import pickle
import re

import pytest

from domain import errors
from domain.errors import (
    ERRORS_BY_CODE,
    AddressMissing,
    AddressNotFound,
    Conflict,
    Declined,
    DomainError,
    Forbidden,
    Gone,
    InsufficientStock,
    Invalid,
    NotFound,
    RefundExceedsRemaining,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WrongAudience,
    rebuild,
)

KINDS = (
    NotFound,
    Gone,
    Conflict,
    Invalid,
    Unauthenticated,
    Forbidden,
    Declined,
    TooManyRequests,
    Unavailable,
)
FACTS = [fact for kind in KINDS for fact in kind.__subclasses__()]


def test_tree_has_exactly_the_kinds() -> None:
    assert set(DomainError.__subclasses__()) == set(KINDS)


def test_every_fact_is_drawn_in_the_module_docstring() -> None:
    drawn = errors.__doc__ or ""
    abbreviated = {fact.__name__ for fact in NotFound.__subclasses__()} - {"AddressMissing"}
    missing = [fact.__name__ for fact in FACTS if not re.search(rf"\b{fact.__name__}\b", drawn)]
    assert set(missing) <= abbreviated
    for name in abbreviated:
        assert re.search(rf"\b{name.removesuffix('NotFound')}\b", drawn)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_code_is_the_name_in_snake_case(fact: type[DomainError]) -> None:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", fact.__name__).lower()
    exceptions = {AddressMissing: "address_not_found", WrongAudience: "forbidden"}
    assert fact.code == exceptions.get(fact, snake)


def test_only_address_not_found_is_shared() -> None:
    codes = [fact.code for fact in FACTS]
    assert {code for code in codes if codes.count(code) > 1} == {"address_not_found"}
    assert set(ERRORS_BY_CODE) == set(codes)


@pytest.mark.parametrize("fact", ERRORS_BY_CODE.values(), ids=lambda fact: fact.code)
def test_rebuild_gives_the_same_fact(fact: type[DomainError]) -> None:
    sent = fact("No.", amount="19.90", quantity=2, allowed=["shipped"])
    wire = json.loads(json.dumps(sent.fields))
    received = rebuild(sent.code, sent.message, wire)
    assert type(received) is fact
    assert (received.message, received.fields, str(received)) == (sent.message, sent.fields, "No.")


def test_rebuild_takes_address_not_found_for_the_one_met_while_placing() -> None:
    assert type(rebuild("address_not_found", "No such address.", {})) is AddressNotFound


@pytest.mark.parametrize("code", ["", "not_found", "ValueError"])
def test_rebuild_refuses_what_is_no_fact(code: str) -> None:
    with pytest.raises(KeyError):
        rebuild(code, "Broken.", {})


def test_error_keeps_its_fields_when_pickled() -> None:
    copy = pickle.loads(pickle.dumps(InsufficientStock("Only 3 left.", available=3)))  # noqa: S301 - our own bytes
    assert (copy.code, copy.message, copy.fields) == ("insufficient_stock", "Only 3 left.", {"available": 3})


def test_error_is_caught_by_its_kind() -> None:
    with pytest.raises(Conflict) as refused:
        raise RefundExceedsRemaining("Too much.", refundable_amount="4.00")
    assert refused.value.fields == {"refundable_amount": "4.00"}
