"""The number of orders at a time: it follows what an order takes, and stays within its bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.admission_limit import AdaptiveLimit, LimitPolicy

POLICY = LimitPolicy(delay=0.5, start=20, least=4, most=40)


class Orders:
    """Orders one round after the other, all of a round at once."""

    def __init__(self, policy: LimitPolicy = POLICY) -> None:
        self.rule = AdaptiveLimit(policy)
        self.now = 0.0

    def round(self, seconds: float, *, inside: int | None = None, placed: bool = True) -> int:
        """As many as there may be take so many seconds; what the limit is then."""
        began, self.now = self.now, self.now + seconds
        for _ in range(self.rule.limit):
            self.rule.note(began=began, ended=self.now, inside=inside or self.rule.limit, placed=placed)
        return self.rule.limit


def test_limit_shrinks_by_as_much_as_orders_take_too_long() -> None:
    orders = Orders()

    assert orders.round(1.0) == 10  # half a second is fine
    assert orders.round(0.625) == 8
    assert orders.round(60.0) == 4  # not below the least


def test_one_round_shrinks_it_by_half_at_the_most() -> None:
    assert Orders().round(60.0) == 10


def test_limit_grows_by_its_root_while_all_of_it_is_needed() -> None:
    orders = Orders(LimitPolicy(start=16, most=24))

    assert [orders.round(0.2) for _ in range(3)] == [20, 24, 24]


def test_quiet_hours_do_not_raise_the_limit() -> None:
    orders = Orders()

    assert [orders.round(0.1, inside=3) for _ in range(50)] == [20] * 50


def test_single_slow_order_shrinks_nothing() -> None:
    rule = AdaptiveLimit(POLICY)

    for number in range(20):
        rule.note(began=0.0, ended=8.0 if number == 0 else 0.1, inside=19, placed=True)

    assert rule.limit == 20


def test_who_began_before_a_change_says_nothing_about_it() -> None:
    rule = AdaptiveLimit(POLICY)

    for number in range(60):
        rule.note(began=0.0, ended=5.0 + number / 100, inside=20, placed=True)

    assert rule.limit == 10  # once for all who were inside together


def test_slow_payment_provider_is_not_taken_for_a_crowd() -> None:
    """What takes long with nobody beside it takes long however few are let in."""
    orders = Orders()
    for _ in range(20):
        orders.round(1.5, inside=1)
    learned = orders.rule.limit

    assert orders.rule.target == pytest.approx(2.0, abs=0.01)
    assert learned <= orders.round(1.9) <= orders.round(1.9)
    assert orders.round(4.0) < learned


def test_it_is_found_out_in_the_midst_of_a_crowd_too() -> None:
    """With no quiet moment before, the limit falls to its least, and what orders take there is learned."""
    orders = Orders()

    limits = [orders.round(1.0) for _ in range(40)]

    assert min(limits) == 4
    assert limits[-1] == 40


def test_what_was_not_placed_does_not_tell_how_long_an_order_takes() -> None:
    """While Temporal is away each attempt takes seconds; afterwards a crowd is a crowd again."""
    orders = Orders()
    for _ in range(20):
        orders.round(3.0, inside=1, placed=False)

    assert orders.rule.target == 0.5


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 60), st.booleans()), min_size=1, max_size=300))
def test_limit_and_what_is_told_of_it_stay_within_bounds(orders: list[tuple[float, int, bool]]) -> None:
    rule = AdaptiveLimit(POLICY)
    now = 0.0

    for seconds, inside, placed in orders:
        rule.note(began=now, ended=now + seconds, inside=inside, placed=placed)
        now += 0.1
        assert POLICY.least <= rule.limit <= POLICY.most
        assert POLICY.delay <= rule.target <= POLICY.delay + 2.0
        assert math.isfinite(rule.interval)
        assert 0 < rule.interval <= 30
