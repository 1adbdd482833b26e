"""Random payment lives: however Stripe's events arrive and whatever fails in between, the end is the same.

`ORION_PAYMENT_LIVES=200 ORION_FIRST_LIFE=1000` lives more of them, and others.
"""

import asyncio
import os
from collections import Counter

import httpx
import pytest
from temporalio.worker import Interceptor

from tests.builders import create_product
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.workflows.faults import FailSometimes
from tests.workflows.payment_life import Life
from tests.workflows.shop import Shop

LIVES = int(os.environ.get("ORION_PAYMENT_LIVES", "12"))
FIRST = int(os.environ.get("ORION_FIRST_LIFE", "1"))
AT_ONCE = 8


@pytest.fixture
def faults() -> FailSometimes:
    return FailSometimes(seed=FIRST, probability=0.1)


@pytest.fixture
def interceptors(faults: FailSometimes) -> list[Interceptor]:
    return [faults]


@pytest.mark.timeout(600)
async def test_payment_survives_every_order_of_events(
    shop: Shop,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
    api: httpx.AsyncClient,
    faults: FailSometimes,
) -> None:
    product = await create_product(shop.database, shop.vendor, title="Bowl", available=LIVES)
    lives = [Life(seed, shop, stripe_sandbox, api, product) for seed in range(FIRST, FIRST + LIVES)]
    room = asyncio.Semaphore(AT_ONCE)

    async def live(life: Life) -> None:
        async with room:
            await life.live()

    problems = [
        problem
        for problem in await asyncio.gather(*(live(life) for life in lives), return_exceptions=True)
        if problem is not None
    ]

    assert not problems, "\n".join(f"{type(problem).__name__}: {problem}" for problem in problems)
    assert faults.failed
    for life in lives:
        shop.workflow_ids.extend(await life.followers())
    statuses = Counter(life.status for life in lives)
    held = statuses["confirmed"] + statuses["processing"]
    assert await shop.stock(product) == (statuses["cancelled"], held)
    spent = [await life.spent() for life in lives]
    assert await shop.totals() == (LIVES - statuses["cancelled"], sum(spent))
    told = Counter(mail["message_id"] for mail in await mailbox.messages())
    assert {message: count for message, count in told.items() if count > 1} == {}
