"""Many orders at once while Stripe fails in every way the sandbox knows: nothing is lost, nothing twice."""

import asyncio
import random

import pytest
from temporalio.client import Client

from api.tokens import Tokens
from bench.faults.plan import Plan
from bench.faults.report import document
from bench.faults.town import Town
from bench.faults.trial import PRODUCTS, pieces_of_each, try_orders
from bench.shops import Shops
from db.session import Database
from settings import Settings
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.system.programs import Programs

ORDERS = 30
WINDOW = 12


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings under which an order asks Stripe soon, because many webhooks are lost."""
    return settings.model_copy(update={"payment_poll_first": 1.0})


@pytest.mark.timeout(420)
async def test_orders_come_through_all_faults(
    settings: Settings,
    database: Database,
    temporal_client: Client,
    programs: Programs,
    api_url: str,
    stripe_sandbox: SandboxProcess,
    mailbox: MailboxProcess,
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    await asyncio.gather(programs.worker(), programs.api(stripe_sandbox.webhook_port))
    shops = Shops(
        database,
        Tokens(settings.jwt_secret.get_secret_value(), settings.token_lifetime),
        products=PRODUCTS,
        pieces=pieces_of_each(ORDERS),
        seed=seed,
        payment_window=WINDOW,
        manual_payment_window=WINDOW,
    )
    await shops.open()
    town = Town(
        api_url,
        stripe_sandbox.url,
        stripe_sandbox.secret_key,
        mailbox.url,
        database,
        temporal_client,
        settings.task_queue,
    )

    verdict = await try_orders(town, shops, Plan(ORDERS, seed, window=WINDOW), lambda _words, _ended: None)

    assert {fault.kind for fault in verdict.injected if fault.hit} >= {"error_500", "lost", "reordered"}
    broken = {each.name: each.broken for each in verdict.invariants if not each.holds}
    assert not broken, f"with the seed {seed}: {broken}\n{document(verdict)}"
