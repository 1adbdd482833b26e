"""Amounts in requests and answers."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from api.amounts import MARK, Amount, GivenAmount, marked, render

_answer = TypeAdapter(dict[str, Amount | None])
_request = TypeAdapter(GivenAmount)


@pytest.mark.parametrize(
    ("amount", "written"),
    [("19.9", "19.90"), ("0", "0.00"), ("-5.00", "-5.00"), ("9999999999.99", "9999999999.99")],
)
def test_amount_is_written_as_a_number_with_two_decimals(amount: str, written: str) -> None:
    content = _answer.dump_python({"a": Decimal(amount), "b": None}, mode="json")

    assert render(content) == f'{{"a":{written},"b":null}}'.encode()


def test_text_that_looks_like_an_amount_stays_text() -> None:
    content = {"sku": "19.90", "title": f"{MARK}19.90 euro", "quoted": '"' + marked(Decimal(1)) + '"'}

    assert render(content).decode() == (
        f'{{"sku":"19.90","title":"{MARK}19.90 euro","quoted":"\\"{MARK}1.00\\""}}'
    )


@pytest.mark.parametrize("given", [19.9, "19.90", 19, "0"])
def test_given_amount_is_taken_exactly(given: object) -> None:
    assert _request.validate_python(given) == Decimal(str(given))


@pytest.mark.parametrize(
    "given", [-1, 0.301, "1.999", "NaN", "Infinity", float("nan"), float("inf"), "1e12", True, None, "ten"]
)
def test_given_amount_refuses_what_is_no_amount(given: object) -> None:
    with pytest.raises(ValidationError):
        _request.validate_python(given)


def test_amounts_are_numbers_in_the_schema() -> None:
    assert _answer.json_schema(mode="serialization")["additionalProperties"]["anyOf"][0]["type"] == "number"
    assert _request.json_schema()["type"] == "number"
