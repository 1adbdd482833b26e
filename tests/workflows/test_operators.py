"""What operators do to orders: refunds, stock and e-mails, and what they are refused."""

from decimal import Decimal

from activities.messages import Actor
from api.engine import Engine
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.operating import (
    WHO,
    confirmed_order,
    operate,
    operator_events,
    refused,
)
from tests.workflows.payments import kinds, mails
from tests.workflows.shop import QUICK, Shop
from tests.workflows.test_refunds import HURRIED, delivered_order
from workflows.messages import AfterSale, Cancellation, OrderMoved, StatusChange, after_sale_id
from workflows.operator_messages import OperatorActed


async def test_operator_refunds_an_amount_and_then_all_that_is_left(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox)
    total = (await shop.order(given)).total_amount
    acted = await operate(shop, given, "force_refund", amount="5.00")
    assert acted.event is not None
    assert (acted.event, "operator.force_refund") in await shop.events(given)
    assert (
        await refused(operate(shop, given, "force_refund", amount=str(total))) == "refund_exceeds_remaining"
    )
    assert await refused(operate(shop, given, "force_refund", amount="0")) == "invalid_amount"
    await operate(shop, given, "force_refund")
    order = await eventually(lambda: shop.order(given), lambda order: order.payment_status == "refunded")
    assert order.refunded_amount == total
    assert await shop.refunds(given) == [("succeeded", Decimal("5.00")), ("succeeded", total - 5)]
    assert await refused(operate(shop, given, "force_refund")) == "refund_exceeds_remaining"
    assert [data["amount"] for _, data in await operator_events(shop, given)] == ["5.00", str(total - 5)]
    assert (await kinds(shop, given)).count("refund.requested") == 2


async def test_operator_refunds_and_mails_after_the_order_ended(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await delivered_order(shop, stripe_sandbox, HURRIED)
    await shop.handle(given).result()
    engine = Engine(shop.settings, client=shop.client)
    after_sale = AfterSale(shop.vendor.id, shop.vendor.vendor_code, given.order_number)
    shop.workflow_ids.insert(0, after_sale_id(given.order_number))
    for update, more in (("force_refund", {"amount": "5.00"}), ("resend_email", {"kind": "order_delivered"})):
        await engine.update_after_sale(after_sale, update, WHO | more, update_id=update, answer=OperatorActed)
    await shop.client.get_workflow_handle(after_sale_id(given.order_number)).result()
    assert await shop.refunds(given) == [("succeeded", Decimal("5.00"))]
    assert [kind for kind, _ in await operator_events(shop, given)] == [
        "operator.force_refund",
        "operator.resend_email",
    ]
    assert len([key for key in await mails(shop, given) if key.startswith("order_delivered")]) == 2


async def test_email_is_sent_again_under_a_key_of_its_own(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await confirmed_order(shop, stripe_sandbox)
    await eventually(lambda: mails(shop, given), lambda sent: "order_confirmation" in sent)
    assert (
        await refused(operate(shop, given, "resend_email", kind="order_shipped")) == "transition_not_allowed"
    )
    first = await operate(shop, given, "resend_email", kind="order_confirmation")
    second = await operate(shop, given, "resend_email", kind="order_confirmation")
    expected = {"order_confirmation"} | {
        f"order_confirmation:again:{acted.event}" for acted in (first, second)
    }
    await eventually(lambda: mails(shop, given), lambda sent: expected <= set(sent))
    confirmations = [mail for mail in await mailbox.messages() if ".order_confirmation" in mail["message_id"]]
    assert len(confirmations) == len({mail["message_id"] for mail in confirmations}) == 3
    assert len({mail["text"] for mail in confirmations}) == 1
    assert [kind for kind, _ in await operator_events(shop, given)] == ["operator.resend_email"] * 2


async def test_email_about_a_refund_names_that_refund_again(
    shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess
) -> None:
    given = await confirmed_order(shop, stripe_sandbox)
    await operate(shop, given, "force_refund", amount="5.00")
    key = f"refund_issued:{given.order_number}:refund:1"
    await eventually(lambda: mails(shop, given), lambda sent: key in sent)
    acted = await operate(shop, given, "resend_email", kind="refund_issued")
    await eventually(lambda: mails(shop, given), lambda sent: f"{key}:again:{acted.event}" in sent)
    texts = [mail["text"] for mail in await mailbox.messages() if ".refund_issued" in mail["message_id"]]
    assert len(texts) == 2
    assert texts[0] == texts[1]


async def test_released_stock_comes_off_the_shelf_once_when_it_ships_after_all(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await confirmed_order(shop, stripe_sandbox)
    acted = await operate(shop, given, "release_stock")
    assert acted.done == "3 pieces given back"
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((10, 0), (5, 0))
    assert await refused(operate(shop, given, "release_stock")) == "transition_not_allowed"
    assert await shop.change(given, "shipped") == OrderMoved(True, "shipped", "paid")
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((8, 0), (4, 0))
    assert await refused(operate(shop, given, "release_stock")) == "transition_not_allowed"
    assert await operator_events(shop, given) == [("operator.release_stock", {"pieces": "3"})]


async def test_released_stock_that_somebody_took_keeps_the_order_from_shipping(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await confirmed_order(shop, stripe_sandbox)
    await operate(shop, given, "release_stock")
    await shop.place(await shop.claim([(shop.mug, 9)]))
    assert await refused(shop.change(given, "shipped")) == "insufficient_stock"
    later = StatusChange("shipped", Actor("vendor", 1))
    await shop.handle(given).signal("change_status_later", later)
    assert (await shop.order(given)).status == "confirmed"
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((1, 9), (5, 0))
    await shop.change(given, "processing")
    assert (await shop.change(given, "cancelled")).status == "cancelled"
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((1, 9), (5, 0))


async def test_cancelled_order_leaves_an_operator_nothing_to_extend_or_release(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await shop.claim(policy=QUICK)
    await shop.place(given)
    await operate(shop, given, "release_stock")
    handle = shop.handle(given)
    cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
    await handle.execute_update("cancel", cancellation, result_type=OrderMoved)
    await handle.result()
    assert (await shop.stock(shop.mug), await shop.stock(shop.pot)) == ((10, 0), (5, 0))
    assert await kinds(shop, given) == [
        "order.placed",
        "payment.opened",
        "operator.release_stock",
        "order.cancelled",
    ]
