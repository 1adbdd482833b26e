"""The highest order number of each prefix and day."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from local.catching_up.workflows import highest_numbers


def test_highest_number_counts_for_each_prefix_and_day() -> None:
    numbers = ["ACME-20261128-00009", "ACME-20261128-00010", "ACME-20261127-00400", "B-C-20261128-100000"]

    assert highest_numbers(numbers) == {
        ("ACME", date(2026, 11, 28)): 10,
        ("ACME", date(2026, 11, 27)): 400,
        ("B-C", date(2026, 11, 28)): 100_000,
    }


def test_what_is_no_order_number_counts_for_nothing() -> None:
    assert highest_numbers(["reconciliation", "ACME-20261328-00001", "ACME-20261128-1", ""]) == {}


@given(st.lists(st.integers(1, 10**7), min_size=1))
def test_order_of_the_numbers_does_not_matter(numbers: list[int]) -> None:
    found = highest_numbers(f"ACME-20261128-{number:05}" for number in numbers)

    assert found == {("ACME", date(2026, 11, 28)): max(numbers)}
