"""What the bench makes of its measurements."""

from pathlib import Path

import pytest

from bench.figures import figures, ratios
from bench.load import Load
from bench.measuring import Measurements, Measuring, Sample
from bench.plan import read_plan
from bench.processes import spent
from bench.scenarios import BARE_PLACING, FLASH_SALE, MANUAL_PLACING, PLAIN_PLACING, SEVERAL_WORKERS


def sample(*milliseconds: float, seconds: float = 1.0, came_back: int = 0) -> Sample:
    """A round in which orders took so long."""
    load = Load(tuple(each / 1000 for each in milliseconds), seconds)
    return Sample(load, {"api": 0.1, "worker": 0.2}, 0.0, came_back)


def test_ratio_compares_within_a_round() -> None:
    measured = Measurements()
    # The machine was half as quick in the second round, for both.
    measured.samples[BARE_PLACING, 1] = [sample(10, 10), sample(20, 20, seconds=2.0)]
    measured.samples[PLAIN_PLACING, 1] = [sample(5, 5), sample(10, 10, seconds=2.0)]
    measured.samples[MANUAL_PLACING, 1] = [sample(30, 30, seconds=2.0), sample(60, 60, seconds=4.0)]

    bare, plain = ratios(measured)

    assert (bare.scenario, bare.against, bare.clients) == (MANUAL_PLACING, BARE_PLACING, 1)
    assert bare.p50 == pytest.approx(3.0)
    assert bare.orders_per_second == pytest.approx(0.5)
    assert plain.against == PLAIN_PLACING
    assert plain.p50 == pytest.approx(6.0)


def test_flash_sale_and_further_workers_are_held_against_ordinary_placing() -> None:
    measured = Measurements()
    for name in (BARE_PLACING, PLAIN_PLACING, MANUAL_PLACING, FLASH_SALE, SEVERAL_WORKERS.format(2)):
        measured.samples[name, 16] = [sample(10)]

    found = [(ratio.scenario, ratio.against) for ratio in ratios(measured)]

    assert (FLASH_SALE, MANUAL_PLACING) in found
    assert (SEVERAL_WORKERS.format(2), MANUAL_PLACING) in found


def test_figure_is_of_all_rounds() -> None:
    measured = Measurements()
    measured.samples[MANUAL_PLACING, 64] = [sample(10, 20, came_back=2), sample(30, 40, came_back=1)]

    [figure] = figures(measured)

    assert (figure.orders, figure.came_back) == (4, 3)
    assert figure.p50_ms == pytest.approx(25.0)
    assert figure.cpu_ms == {"api": pytest.approx(50.0), "worker": pytest.approx(100.0)}


def test_further_processes_of_a_part_count_as_the_part() -> None:
    before = {"api": 1.0, "worker": 1.0, "worker #2": 0.5}
    after = {"api": 1.5, "worker": 2.0, "worker #2": 0.75}

    assert spent(before, after) == {"api": 0.5, "worker": 1.25}


def test_plan_says_how_many_orders_a_run_takes() -> None:
    plan = read_plan(["--orders", "40", "--rounds", "2", "--clients", "1", "--workers", "1,2"])

    # Four placings, four at one number of clients and a second worker; eight are warmed up, and two workers
    # in each round; fifteen orders are counted.
    assert Measuring.orders(plan) == 2 * 20 * (4 + 4 + 1) + 48 * (8 + 2 * 2) + 15
    without = Measuring.orders(read_plan([]))
    assert Measuring.orders(read_plan(["--memory"])) - without == 10_000
    assert Measuring.orders(read_plan(["--memory", "700"])) - without == 700


def test_crowd_gets_some_orders_each() -> None:
    plan = read_plan(["--orders", "40", "--rounds", "4", "--json", "figures.json"])

    assert (plan.orders_in_a_round(1), plan.orders_in_a_round(16), plan.orders_in_a_round(64)) == (
        10,
        16,
        192,
    )
    assert plan.crowd == 16
    assert plan.json == Path("figures.json").absolute()
