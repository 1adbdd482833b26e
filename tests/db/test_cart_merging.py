"""Two carts become one when somebody signs in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from db.queries.cart_merging import merge_carts
from db.session import Database
from db.tables import Cart, CartItem, Customer, Product, Vendor
from domain.pricing import MAX_LINES
from tests.builders import create_cart, create_customer, create_product, create_vendor

UNUSED = "a-session-without-a-cart"


@dataclass(frozen=True)
class Carts:
    """A shop with a customer and two products, and what is in its carts."""

    database: Database
    vendor: Vendor
    customer: Customer
    mug: Product
    pot: Product

    async def fill(
        self,
        owner: Customer | None,
        lines: Sequence[tuple[Product, int]] = (),
        *,
        vendor: Vendor | None = None,
    ) -> Cart:
        return await create_cart(self.database, vendor or self.vendor, owner, lines)

    async def sign_in(self, session_id: str, *, present_owner: Customer | None = None) -> str:
        """The session id of the cart that the customer goes on with."""
        async with self.database.vendor(self.vendor.id) as session:
            return await merge_carts(
                session,
                vendor_id=self.vendor.id,
                session_id=session_id,
                present_owner=present_owner.id if present_owner else None,
                customer_id=self.customer.id,
            )

    async def owner(self, cart: Cart) -> int | None:
        return (await self._stored(cart)).customer_id

    async def version(self, cart: Cart) -> int:
        return (await self._stored(cart)).version

    async def lines(self, cart: Cart) -> dict[int, int]:
        """Quantities by product."""
        async with self.database.platform() as session:
            statement = select(CartItem.product_id, CartItem.quantity).where(CartItem.cart_id == cart.id)
            return {row.product_id: row.quantity for row in await session.execute(statement)}

    async def products(self, count: int) -> list[Product]:
        return [await create_product(self.database, self.vendor) for _ in range(count)]

    async def _stored(self, cart: Cart) -> Cart:
        async with self.database.platform() as session:
            return await session.get_one(Cart, cart.id)


@pytest_asyncio.fixture
async def carts(database: Database) -> Carts:
    vendor = await create_vendor(database)
    customer = await create_customer(database, vendor)
    mug, pot = await create_product(database, vendor), await create_product(database, vendor)
    return Carts(database, vendor, customer, mug, pot)


async def test_without_any_cart_the_session_stays(carts: Carts) -> None:
    assert await carts.sign_in(UNUSED) == UNUSED


async def test_cart_kept_from_earlier_is_there_again(carts: Carts) -> None:
    kept = await carts.fill(carts.customer, [(carts.mug, 2)])

    assert await carts.sign_in(UNUSED) == kept.session_id
    assert await carts.lines(kept) == {carts.mug.id: 2}
    assert await carts.version(kept) == 1


async def test_cart_filled_before_becomes_the_customers(carts: Carts) -> None:
    filled = await carts.fill(None, [(carts.mug, 2)])

    assert await carts.sign_in(filled.session_id) == filled.session_id
    assert await carts.owner(filled) == carts.customer.id
    assert await carts.lines(filled) == {carts.mug.id: 2}


async def test_cart_of_the_guest_that_somebody_was_becomes_the_accounts(carts: Carts) -> None:
    guest = await create_customer(carts.database, carts.vendor, password_hash=None)
    filled = await carts.fill(guest, [(carts.mug, 2)])

    assert await carts.sign_in(filled.session_id, present_owner=guest) == filled.session_id
    assert await carts.owner(filled) == carts.customer.id


@pytest.mark.parametrize("is_guest", [True, False])
async def test_both_carts_become_one_with_the_larger_quantities(carts: Carts, is_guest: bool) -> None:
    guest = await create_customer(carts.database, carts.vendor, password_hash=None) if is_guest else None
    third, fourth = await carts.products(2)
    kept = await carts.fill(carts.customer, [(carts.mug, 1), (carts.pot, 3), (third, 4)])
    filled = await carts.fill(guest, [(carts.mug, 2), (carts.pot, 2), (fourth, 5)])

    assert await carts.sign_in(filled.session_id, present_owner=guest) == kept.session_id
    assert await carts.lines(kept) == {carts.mug.id: 2, carts.pot.id: 3, third.id: 4, fourth.id: 5}
    assert await carts.lines(filled) == {}
    # Whoever orders one of them as it was finds out.
    assert (await carts.version(kept), await carts.version(filled)) == (2, 2)


async def test_signing_in_again_changes_nothing(carts: Carts) -> None:
    kept = await carts.fill(carts.customer, [(carts.mug, 1)])
    filled = await carts.fill(None, [(carts.pot, 1)])
    await carts.sign_in(filled.session_id)

    for session_id in (filled.session_id, kept.session_id):
        assert await carts.sign_in(session_id) == kept.session_id
    assert await carts.lines(kept) == {carts.mug.id: 1, carts.pot.id: 1}
    assert await carts.version(kept) == 2


async def test_own_cart_stays_also_where_there_is_a_newer_one(carts: Carts) -> None:
    own = await carts.fill(carts.customer, [(carts.mug, 1)])
    newer = await carts.fill(carts.customer, [(carts.pot, 1)])

    assert await carts.sign_in(own.session_id) == own.session_id
    assert await carts.lines(own) == {carts.mug.id: 1}
    assert await carts.lines(newer) == {carts.pot.id: 1}


async def test_newest_cart_is_the_one_that_is_kept(carts: Carts) -> None:
    changed = await carts.fill(carts.customer, [(carts.mug, 1)])
    untouched = await carts.fill(carts.customer, [(carts.pot, 1)])
    async with carts.database.platform() as session:
        await session.execute(update(Cart).where(Cart.id == changed.id).values(version=2))

    assert await carts.sign_in(UNUSED) == changed.session_id
    assert await carts.lines(untouched) == {carts.pot.id: 1}


async def test_empty_cart_adds_nothing(carts: Carts) -> None:
    kept = await carts.fill(carts.customer, [(carts.mug, 1)])
    filled = await carts.fill(None)

    assert await carts.sign_in(filled.session_id) == kept.session_id
    assert (await carts.version(kept), await carts.version(filled)) == (1, 1)


@pytest.mark.parametrize("has_kept", [True, False])
async def test_cart_of_somebody_else_is_left_alone(carts: Carts, has_kept: bool) -> None:
    stranger = await create_customer(carts.database, carts.vendor)
    theirs = await carts.fill(stranger, [(carts.pot, 4)])
    kept = await carts.fill(carts.customer, [(carts.mug, 1)]) if has_kept else theirs

    assert await carts.sign_in(theirs.session_id) == kept.session_id
    assert await carts.owner(theirs) == stranger.id
    assert await carts.lines(theirs) == {carts.pot.id: 4}


async def test_cart_of_another_shop_is_left_alone(carts: Carts) -> None:
    elsewhere = await create_vendor(carts.database)
    jug = await create_product(carts.database, elsewhere)
    other = await carts.fill(None, [(jug, 1)], vendor=elsewhere)

    assert await carts.sign_in(other.session_id) == other.session_id
    assert await carts.owner(other) is None
    assert await carts.lines(other) == {jug.id: 1}


async def test_lines_beyond_what_a_cart_holds_stay_and_common_ones_are_merged(carts: Carts) -> None:
    products = await carts.products(MAX_LINES - 1)
    kept = await carts.fill(carts.customer, [(product, 1) for product in products])
    first, second, common = carts.mug, carts.pot, products[-1]
    filled = await carts.fill(None, [(first, 1), (second, 1), (common, 7)])

    assert await carts.sign_in(filled.session_id) == kept.session_id
    lines = await carts.lines(kept)
    assert len(lines) == MAX_LINES
    assert (lines[first.id], lines[common.id]) == (1, 7)
    assert await carts.lines(filled) == {second.id: 1}
