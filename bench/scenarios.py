"""What is measured: bare workflows, plain transactions and orders, placed or taken through a whole life."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bench.bare_client import BareShop
from bench.load import Job
from bench.mails import wait_until_sent
from bench.plain.shops import PlainShops
from bench.shops import Basket, Shops
from bench.storefront import Storefront
from db.session import Database

BARE_PLACING = "bare: place"
PLAIN_PLACING = "plain: place"
STRIPE_PLACING = "order: place, Stripe"
MANUAL_PLACING = "order: place, manual payment"
CART_AND_PLACING = "order: cart and place, manual"
SEVERAL_WORKERS = "order: place, {} workers"
FLASH_SALE = "order: place, flash sale"
BARE_LIFE = "bare: whole life"
ORDER_LIFE = "order: whole life"


@dataclass(frozen=True)
class Scenario:
    """`prepare` makes that many jobs, untimed; `settle` waits for what goes on after the last answer."""

    name: str
    prepare: Callable[[int], Awaitable[list[Job]]]
    settle: Callable[[], Awaitable[None]]


async def _nothing_is_left() -> None:
    """A plain transaction has nothing beside it."""


class Plain:
    """The plain service: its shops, and the way in."""

    def __init__(self, shops: PlainShops, storefront: Storefront) -> None:
        self.shops = shops
        self.storefront = storefront


class Scenarios:
    """The scenarios over one stack."""

    def __init__(
        self, bare: BareShop, plain: Plain, shops: Shops, storefront: Storefront, database: Database
    ) -> None:
        self._bare = bare
        self._plain = plain
        self._shops = shops
        self._storefront = storefront
        self._database = database

    @property
    def came_back(self) -> int:
        """How often clients were sent away and came back as told, since the start."""
        return self._storefront.came_back + self._plain.storefront.came_back

    def placings(self) -> list[Scenario]:
        """Placing only: one call, with the cart filled before."""
        return [
            Scenario(BARE_PLACING, self._bare_placings, self._bare.settle),
            Scenario(PLAIN_PLACING, self._plain_placings, _nothing_is_left),
            self.placing("stripe"),
            self.placing("manual"),
        ]

    def placing(self, payment_method: str) -> Scenario:
        """Placing with one way to pay."""
        name = STRIPE_PLACING if payment_method == "stripe" else MANUAL_PLACING
        return Scenario(name, partial(self._placings, payment_method), self.mails_are_sent)

    def several_workers(self, workers: int) -> Scenario:
        """Placing with manual payment while so many workers run."""
        return replace(self.placing("manual"), name=SEVERAL_WORKERS.format(workers))

    def crowds(self) -> list[Scenario]:
        """What is measured at one number of clients only."""
        return [
            Scenario(FLASH_SALE, self._flash_placings, self.mails_are_sent),
            Scenario(CART_AND_PLACING, self._carts_and_placings, self.mails_are_sent),
            Scenario(BARE_LIFE, self._bare_lives, self._bare.settle),
            Scenario(ORDER_LIFE, self._lives, self.mails_are_sent),
        ]

    async def place_one(self, payment_method: str) -> dict[str, Any]:
        """One order by the next shopper, as answered."""
        [basket] = await self._shops.filled_carts(1)
        return await self._storefront.place(basket, payment_method)

    async def live_one(self) -> dict[str, Any]:
        """One whole life; the order as it was placed."""
        [basket] = self._shops.baskets(1)
        return await self._storefront.live(basket)

    async def _bare_placings(self, count: int) -> list[Job]:
        return [self._bare.place] * count

    async def _bare_lives(self, count: int) -> list[Job]:
        return [self._bare.live] * count

    async def _plain_placings(self, count: int) -> list[Job]:
        baskets = self._shops.baskets(count)
        await self._plain.shops.fill(baskets)
        return [partial(_place, self._plain.storefront, "manual", basket) for basket in baskets]

    async def _placings(self, payment_method: str, count: int) -> list[Job]:
        baskets = await self._shops.filled_carts(count)
        return [partial(_place, self._storefront, payment_method, basket) for basket in baskets]

    async def _flash_placings(self, count: int) -> list[Job]:
        baskets = await self._shops.flash_carts(count)
        return [partial(_place, self._storefront, "manual", basket) for basket in baskets]

    async def _carts_and_placings(self, count: int) -> list[Job]:
        async def fill_and_place(basket: Basket) -> None:
            await self._storefront.fill(basket)
            await self._storefront.place(basket, "manual")

        return [partial(fill_and_place, basket) for basket in self._shops.baskets(count)]

    async def _lives(self, count: int) -> list[Job]:
        async def live(basket: Basket) -> None:
            await self._storefront.live(basket)

        return [partial(live, basket) for basket in self._shops.baskets(count)]

    async def mails_are_sent(self) -> None:
        """Wait for the e-mails of all orders so far."""
        await wait_until_sent(self._database, self._storefront.expected_mails)


async def _place(storefront: Storefront, payment_method: str, basket: Basket) -> None:
    await storefront.place(basket, payment_method)
