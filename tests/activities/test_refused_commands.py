"""Why a command was refused is kept, unless the order has moved on since it was refused."""

import pytest
import pytest_asyncio
from sqlalchemy import select

from activities.messages import RefuseCommand
from activities.orders import OrderActivities
from db.queries.order_commands import add_command
from db.session import Database
from db.tables import OrderCommand
from tests.activities.stored_orders import OrderInShop, store_order


@pytest_asyncio.fixture
async def stored(database: Database) -> OrderInShop:
    return await store_order(database, status="confirmed")


async def refuse(
    database: Database, stored: OrderInShop, *, as_it_was: str, unless_behind: bool
) -> tuple[object, object]:
    """What refusing a command answers, and what is kept of it; `as_it_was` is the status it was judged by."""
    async with database.direct(stored.vendor.id) as direct:
        command = await add_command(
            direct,
            vendor_id=stored.vendor.id,
            order_id=stored.order.id,
            kind="status",
            actor_type="vendor",
            actor_id=1,
            idempotency_key="a key",
            request_hash="hash",
            body={},
        )
    given = RefuseCommand(
        stored.vendor.id, command.id, "transition_not_allowed", "No.", {"status": as_it_was}, unless_behind
    )
    answer = await OrderActivities(database).refuse_command(given)
    async with database.reading(stored.vendor.id) as session:
        kept = await session.scalar(select(OrderCommand.outcome).where(OrderCommand.id == command.id))
    return answer, kept


@pytest.mark.parametrize(("as_it_was", "unless_behind"), [("confirmed", True), ("pending", False)])
async def test_refusal_is_kept_and_answered_as_workers_of_before_can_read_it(
    database: Database, stored: OrderInShop, as_it_was: str, unless_behind: bool
) -> None:
    answer, kept = await refuse(database, stored, as_it_was=as_it_was, unless_behind=unless_behind)

    assert answer is None
    assert kept == {"code": "transition_not_allowed", "message": "No.", "fields": {"status": as_it_was}}


async def test_refusal_for_a_status_of_before_is_not_kept(database: Database, stored: OrderInShop) -> None:
    answer, kept = await refuse(database, stored, as_it_was="pending", unless_behind=True)

    assert (answer, kept) == (False, None)
