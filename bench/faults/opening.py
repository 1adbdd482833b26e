"""What a run begins with: the town around a stack, its shops, and the line on the terminal."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select
from temporalio.client import Client

from api.tokens import Tokens
from bench.faults.plan import Plan
from bench.faults.town import Town
from bench.faults.trial import PRODUCTS, Show, pieces_of_each
from bench.shops import Shops
from db.queries.invoice_issuers import LINES, save_issuer
from db.session import Database
from db.tables import Vendor
from local.postgres import APPLICATION
from local.stack import NAMESPACE, TASK_QUEUE, Stack
from workflows.conversion import DATA_CONVERTER

_TOKEN_SECONDS = 24 * 3600
_SELLER = dict.fromkeys(LINES, "A line of the address")


@asynccontextmanager
async def town_around(
    stack: Stack, *, api_url: str | None = None, form_url: str | None = None
) -> AsyncIterator[Town]:
    """The clients of a stack that runs; people take other ways than its own addresses where that is said."""
    database = Database(stack.postgres.url(APPLICATION), pool_size=4)
    try:
        yield Town(
            api_url=api_url or stack.api_url,
            stripe_url=stack.stripe_url,
            stripe_secret_key=stack.credentials.stripe_secret_key,
            mail_url=stack.mail_url,
            database=database,
            temporal=await Client.connect(
                stack.temporal_address, namespace=NAMESPACE, data_converter=DATA_CONVERTER
            ),
            task_queue=TASK_QUEUE,
            form_url=form_url,
        )
    finally:
        await database.close()


async def open_shops(town: Town, stack: Stack, plan: Plan) -> Shops:
    """Shops with too few pieces for everybody, whose orders may not stay unpaid for long."""
    shops = Shops(
        town.database,
        Tokens(stack.credentials.jwt_secret, _TOKEN_SECONDS),
        products=PRODUCTS,
        pieces=pieces_of_each(plan.orders),
        seed=plan.seed,
        payment_window=plan.window,
        manual_payment_window=plan.window,
    )
    await shops.open()
    await _say_who_sells(town)
    return shops


async def _say_who_sells(town: Town) -> None:
    async with town.database.platform() as session:
        for vendor_id in await session.scalars(select(Vendor.id)):
            await save_issuer(session, vendor_id=vendor_id, lines=_SELLER)


@contextmanager
def showing(output: Console, plan: Plan) -> Iterator[Show]:
    """How many lives have ended, and what happens now."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=output, refresh_per_second=2, transient=True) as progress:
        task = progress.add_task("living", total=plan.orders)

        def tell(words: str, ended: int) -> None:
            progress.update(task, description=words, advance=ended)

        yield tell
