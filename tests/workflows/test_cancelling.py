"""Cancelling with choices: the reason, what becomes of the pieces, and who is told."""

import pytest
from sqlalchemy import select
from temporalio.worker import Interceptor

from activities.messages import Actor
from db.tables import InventoryMovement, OrderEvent
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.workflows.faults import FailOnce
from tests.workflows.reconciling import NOTHING, found, paid, placed
from tests.workflows.shop import VENDOR, Shop
from workflows.messages import CANCEL, Cancellation, OrderInput, OrderMoved, OrderResult


async def cancel(shop: Shop, given: OrderInput, cancellation: Cancellation) -> OrderResult:
    """Cancel, and wait for all that follows."""
    moved = await shop.handle(given).execute_update(CANCEL, cancellation, result_type=OrderMoved)
    assert (moved.changed, moved.status) == (True, "cancelled")
    handle = shop.client.get_workflow_handle(given.order_number, result_type=OrderResult)
    result: OrderResult = await handle.result()
    return result


async def movements(shop: Shop, given: OrderInput) -> list[tuple[str, int, int]]:
    """What the order moved: kind, change of what is available, change of what is reserved."""
    statement = (
        select(InventoryMovement)
        .where(InventoryMovement.reference == given.order_number)
        .order_by(InventoryMovement.id)
    )
    async with shop.database.reading(shop.vendor.id) as session:
        return [
            (row.movement_type, row.available_change, row.reserved_change)
            for row in await session.scalars(statement)
        ]


async def mails_about(mailbox: MailboxProcess, given: OrderInput) -> set[str]:
    """The kinds of e-mails that went out about the order."""
    number = given.order_number.lower()
    found = [mail["message_id"] for mail in await mailbox.messages() if number in mail["message_id"]]
    assert len(found) == len(set(found))
    return {name.partition(".")[2].partition("@")[0] for name in found}


async def test_fraud_is_written_off_and_the_customer_not_told(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)

    result = await cancel(shop, given, Cancellation("fraud", VENDOR, restock=False, notify_customer=False))

    assert result == OrderResult("cancelled", "cancelled", "refunded")
    order = await shop.order(given)
    assert (order.cancel_reason, order.refunded_amount) == ("fraud", order.paid_amount)
    assert await movements(shop, given) == [("reserved", -1, 1), ("written_off", 0, -1)]
    assert await shop.stock(shop.mug) == (9, 0)
    kinds = await mails_about(mailbox, given)
    assert "order_cancelled" not in kinds
    assert any(kind.startswith("refund_issued") for kind in kinds)


async def test_what_is_written_off_needs_no_attention(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await paid(shop, stripe_sandbox)
    await cancel(shop, given, Cancellation("out_of_stock", VENDOR, restock=False))
    assert await found(shop) == NOTHING
    assert await shop.stock(shop.mug) == (9, 0)


async def test_unpaid_order_is_cancelled_with_choices(shop: Shop, mailbox: MailboxProcess) -> None:
    given = await placed(shop)
    result = await cancel(shop, given, Cancellation("other", VENDOR, restock=False, notify_customer=False))
    assert result == OrderResult("cancelled", "cancelled", "voided")
    assert await shop.stock(shop.mug) == (9, 0)
    assert await mails_about(mailbox, given) == set()


async def test_without_choices_pieces_come_back_and_the_customer_is_told(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await paid(shop, stripe_sandbox)
    await cancel(shop, given, Cancellation("customer", Actor("customer", shop.customer.id)))
    assert await movements(shop, given) == [("reserved", -1, 1), ("released", 1, -1)]
    assert await mails_about(mailbox, given) >= {"order_cancelled", "vendor_order_cancelled"}


async def test_choices_stand_in_the_history(shop: Shop, stripe_sandbox: SandboxProcess) -> None:
    given = await paid(shop, stripe_sandbox)
    await cancel(shop, given, Cancellation("fraud", VENDOR, restock=False))
    order = await shop.order(given)
    statement = select(OrderEvent).where(
        OrderEvent.order_id == order.id, OrderEvent.type == "order.cancelled"
    )
    async with shop.database.reading(shop.vendor.id) as session:
        event = (await session.scalars(statement)).one()
    assert (event.actor_type, event.actor_id) == (VENDOR.type, VENDOR.id)
    assert event.data == {
        "reason": "fraud",
        "refund_amount": str(order.paid_amount),
        "restock": False,
        "notify_customer": True,
    }


@pytest.fixture(params=["cancel_payment-after", "cancel_order-before", "cancel_order-after"])
def fault(request: pytest.FixtureRequest) -> FailOnce:
    """A step of cancelling that fails once."""
    step, _, moment = str(request.param).partition("-")
    return FailOnce(step, "after" if moment == "after" else "before")


class TestRetried:
    """Each step is repeated until it is through, and what it did counts once."""

    @pytest.fixture
    def interceptors(self, fault: FailOnce) -> list[Interceptor]:
        return [fault]

    async def test_step_that_fails_survives(self, shop: Shop, fault: FailOnce) -> None:
        given = await placed(shop)
        await cancel(shop, given, Cancellation("fraud", VENDOR, restock=False))
        assert fault.failed
        assert await movements(shop, given) == [("reserved", -1, 1), ("written_off", 0, -1)]
        assert [kind for _, kind in await shop.events(given)][-1] == "order.cancelled"
