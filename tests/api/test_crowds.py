"""Crowds at the admission, in virtual time: what is placed, how quickly, and how soon others are told."""

import asyncio
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.admission import Admission
from domain.errors import Overloaded
from tests.fixtures.virtual_time import run_in_virtual_time

MINUTE = 60.0


@dataclass
class Told:
    """When who was told what, from the beginning, and how long after they came."""

    placed: list[tuple[float, float]] = field(default_factory=list)
    refused: list[tuple[float, float]] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)

    def per_second(self, since: float, until: float) -> float:
        return sum(since <= when < until for when, _ in self.placed) / (until - since)


def nearly_all(times: list[tuple[float, float]], since: float = 0.0) -> float:
    """What 99 of 100 stay below."""
    found = sorted(took for when, took in times if when >= since)
    return found[int(len(found) * 0.99)]


async def crowd(
    *, capacity: float, times: float, seconds: float = MINUTE, provider: float = 0.0, seed: int = 1
) -> Told:
    """Orders come at random, `times` the capacity of two processors; `provider` is what each waits beside."""
    loop, dice, told = asyncio.get_running_loop(), Random(seed), Told()
    admission = Admission(clock=loop.time)
    processors = asyncio.Semaphore(2)

    async def order() -> None:
        came = loop.time()
        try:
            async with admission.turn():
                await asyncio.sleep(provider)
                async with processors:
                    await asyncio.sleep(dice.uniform(0.5, 1.5) * 2 / capacity)
        except Overloaded as refusal:
            told.refused.append((loop.time(), loop.time() - came))
            told.pauses.append(int(str(refusal.fields["retry_after"])))
        else:
            told.placed.append((loop.time(), loop.time() - came))

    async with asyncio.TaskGroup() as group:
        while loop.time() < seconds:
            await asyncio.sleep(dice.expovariate(capacity * times))
            group.create_task(order())
    assert (admission.inside, admission.waiting) == (0, 0)
    return told


@pytest.mark.parametrize("capacity", [10, 15, 40])
@pytest.mark.parametrize("times", [2, 4])
def test_crowd_costs_hardly_an_order_and_nobody_waits_long(capacity: float, times: float) -> None:
    told = run_in_virtual_time(crowd(capacity=capacity, times=times))

    assert told.per_second(0, MINUTE) > 0.9 * capacity
    assert nearly_all(told.placed, since=10) < 4.0
    assert nearly_all(told.refused, since=10) < 0.1
    assert min(told.pauses) >= 1
    assert max(told.pauses) <= 15


async def regulars(clients: int, *, capacity: float, orders: int) -> int:
    """Clients who order one after the other; how many times one of them was refused."""
    refused = 0
    admission = Admission(clock=asyncio.get_running_loop().time)
    processors = asyncio.Semaphore(2)

    async def client() -> None:
        nonlocal refused
        for _ in range(orders):
            try:
                async with admission.turn(), processors:
                    await asyncio.sleep(2 / capacity)
            except Overloaded:
                refused += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return refused


@pytest.mark.parametrize("capacity", [25, 40])
def test_clients_who_wait_for_their_orders_are_no_crowd(capacity: float) -> None:
    assert run_in_virtual_time(regulars(64, capacity=capacity, orders=20)) == 0


@pytest.mark.parametrize("capacity", [10, 40])
def test_nearly_nobody_is_refused_below_the_capacity(capacity: float) -> None:
    told = run_in_virtual_time(crowd(capacity=capacity, times=0.8))

    assert len(told.refused) < 0.01 * len(told.placed)


def test_slow_payment_provider_costs_hardly_an_order() -> None:
    told = run_in_virtual_time(crowd(capacity=20, times=2, provider=0.8, seconds=2 * MINUTE))

    assert told.per_second(MINUTE, 2 * MINUTE) > 0.85 * 20


@settings(max_examples=10, deadline=None)
@given(st.floats(5, 40), st.floats(1.5, 4), st.integers(0, 1_000_000))
def test_any_crowd_is_told_at_once_and_placed_at_capacity(capacity: float, times: float, seed: int) -> None:
    told = run_in_virtual_time(crowd(capacity=capacity, times=times, seed=seed))

    assert told.per_second(10, MINUTE) > 0.9 * capacity
    assert nearly_all(told.refused, since=15) < 0.1
    assert nearly_all(told.placed, since=15) < 3.5 + 20 / capacity
