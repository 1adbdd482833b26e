"""What is measured: bare workflows and orders, placed or taken through a whole life."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from bench.bare_client import BareShop
from bench.load import Job
from bench.shops import Basket, Shops
from bench.storefront import Storefront
from db.session import Database
from db.tables import Email

BARE_PLACING = "bare: place"
STRIPE_PLACING = "order: place, Stripe"
MANUAL_PLACING = "order: place, manual payment"
BARE_LIFE = "bare: whole life"
ORDER_LIFE = "order: whole life"
_PATIENCE = 120.0


@dataclass(frozen=True)
class Scenario:
    """`prepare` makes that many jobs, untimed; `settle` waits for what goes on after the last answer."""

    name: str
    prepare: Callable[[int], Awaitable[list[Job]]]
    settle: Callable[[], Awaitable[None]]


class Scenarios:
    """The scenarios over one stack."""

    def __init__(self, bare: BareShop, shops: Shops, storefront: Storefront, database: Database) -> None:
        self._bare = bare
        self._shops = shops
        self._storefront = storefront
        self._database = database

    def placings(self) -> list[Scenario]:
        """Placing only: one call, with the cart filled before."""
        return [
            Scenario(BARE_PLACING, self._bare_placings, self._bare.settle),
            Scenario(STRIPE_PLACING, partial(self._placings, "stripe"), self._mails_are_sent),
            Scenario(MANUAL_PLACING, partial(self._placings, "manual"), self._mails_are_sent),
        ]

    def lives(self) -> list[Scenario]:
        """From the empty cart to delivered."""
        return [
            Scenario(BARE_LIFE, self._bare_lives, self._bare.settle),
            Scenario(ORDER_LIFE, self._lives, self._mails_are_sent),
        ]

    async def _bare_placings(self, count: int) -> list[Job]:
        return [self._bare.place] * count

    async def _bare_lives(self, count: int) -> list[Job]:
        return [self._bare.live] * count

    async def _placings(self, payment_method: str, count: int) -> list[Job]:
        async def place(basket: Basket) -> None:
            await self._storefront.place(basket, payment_method)

        return [partial(place, basket) for basket in await self._shops.filled_carts(count)]

    async def _lives(self, count: int) -> list[Job]:
        return [partial(self._storefront.live, basket) for basket in self._shops.baskets(count)]

    async def _mails_are_sent(self) -> None:
        """E-mails go out beside the main line; what they cost belongs to their orders."""
        deadline = time.monotonic() + _PATIENCE
        while (sent := await self._sent_mails()) < self._storefront.expected_mails:
            if time.monotonic() > deadline:
                missing = self._storefront.expected_mails - sent
                raise TimeoutError(f"{missing} e-mails are not sent after {_PATIENCE:.0f} s")
            await asyncio.sleep(0.1)

    async def _sent_mails(self) -> int:
        async with self._database.platform() as session:
            statement = select(func.count()).select_from(Email).where(Email.sent_at.is_not(None))
            return (await session.execute(statement)).scalar_one()
