"""The invariants of a run under faults notice what they are there to notice."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from bench.faults.books import Books
from bench.faults.invariants import check_all
from bench.faults.patience import WaitedInVainError
from bench.faults.tally import Tally, Told
from db.tables import (
    Customer,
    Email,
    Inventory,
    InventoryMovement,
    Order,
    OrderEvent,
    OrderItem,
    Placement,
    Refund,
)

TOTAL, NOTHING = Decimal("25.80"), Decimal("0.00")


def moved(number: int, kind: str, available: int, reserved: int) -> InventoryMovement:
    return InventoryMovement(
        id=number, product_id=1, movement_type=kind, available_change=available, reserved_change=reserved
    )


# What each event of these orders leads to: the status before and after it, and that of the payment.
LEADS: dict[str, tuple[str | None, str | None, str]] = {
    "order.placed": (None, "pending", "pending"),
    "payment.failed": (None, None, "failed"),
    "order.confirmed": ("pending", "confirmed", "paid"),
    "order.cancelled": ("confirmed", "cancelled", "paid"),
    "refund.succeeded": (None, None, "refunded"),
}


def happened(order_id: int, sequence: int, kind: str, **data: object) -> OrderEvent:
    before, after, payment = LEADS[kind]
    return OrderEvent(
        order_id=order_id,
        sequence=sequence,
        type=kind,
        from_status=before,
        to_status=after,
        payment_status=payment,
        actor_type="vendor",
        data=data,
    )


def order(number: int, status: str, refunded: Decimal) -> Order:
    return Order(
        id=number,
        customer_id=1,
        order_number=f"A-{number}",
        status=status,
        payment_status="refunded" if refunded else "paid",
        payment_method="stripe",
        payment_reference=f"pi_{number}",
        total_amount=TOTAL,
        paid_amount=TOTAL,
        refunded_amount=refunded,
        charged_back_amount=Decimal(0),
        shipping_cost=Decimal("5.90"),
    )


def sound() -> Books:
    """A confirmed order, and one that was cancelled without restock and refunded."""
    key = "A-2:refund:1"
    cancelled = happened(
        2, 3, "order.cancelled", reason="fraud", restock=False, notify_customer=False, refund_amount="25.80"
    )
    told = [(1, "order_confirmation"), (1, "vendor_new_order")]
    told += [(2, "order_confirmation"), (2, "vendor_new_order"), (2, f"refund_issued:{key}")]
    mails = [
        Email(order_id=of, email_key=name, message_id=f"<{of}.{name}>", sent_at="now") for of, name in told
    ]
    charge = {"paid": True, "amount": 2580}
    return Books(
        customers=[Customer(id=1, total_orders=1, total_spent=TOTAL)],
        emails=mails,
        inventory=[Inventory(product_id=1, available_quantity=8, reserved_quantity=1)],
        movements=[
            moved(1, "initial", 10, 0),
            moved(2, "reserved", -1, 1),
            moved(3, "reserved", -1, 1),
            moved(4, "written_off", 0, -1),
        ],
        orders=[order(1, "confirmed", NOTHING), order(2, "cancelled", TOTAL)],
        events={
            1: [happened(1, 1, "order.placed"), happened(1, 2, "order.confirmed")],
            2: [
                happened(2, 1, "order.placed"),
                happened(2, 2, "order.confirmed"),
                cancelled,
                happened(2, 4, "refund.succeeded", refund_key=key),
            ],
        },
        items=[OrderItem(id=of, order_id=of, product_id=1, quantity=1) for of in (1, 2)],
        payments=[],
        placements=[
            Placement(order_number=f"A-{number}", cart_id=number, state="placed") for number in (1, 2)
        ],
        refunds=[
            Refund(
                id=7, order_id=2, refund_key=key, status="succeeded", restock=False, shipping_amount=NOTHING
            )
        ],
        refund_items=[],
        intents=[
            {
                "id": f"pi_{of}",
                "status": "succeeded",
                "amount_received": 2580,
                "metadata": {"order_number": f"A-{of}"},
            }
            for of in (1, 2)
        ],
        charges=[charge | {"payment_intent": f"pi_{of}"} for of in (1, 2)],
        stripe_refunds=[{"payment_intent": "pi_2", "amount": 2580, "status": "succeeded"}],
        mails=[{"message_id": mail.message_id, "deliveries": 1} for mail in mails],
        workflows={"A-1": "RUNNING", "A-2": "COMPLETED"},
    )


def broken(books: Books, tally: Tally | None = None) -> set[str]:
    return {each.name for each in check_all(books, tally or Tally()) if not each.holds}


def test_sound_books_break_nothing() -> None:
    told = {Told("A-1", "pending", "pending", 25.80), Told("A-2", "cancelled", "paid", 25.80)}
    assert broken(sound(), Tally(placed=["A-1"], refund_ids=[7], told=told)) == set()


MONEY = "received and refunded: PostgreSQL = Stripe"
MAIL = "one e-mail for each event that calls for one"
HISTORY = "events lead to what the order is, by legal steps"
STOCK = "stock = initial - sold = ledger, never below zero"


def _charge_twice(books: Books) -> None:
    books.charges.append(books.charges[0])


def _take_money_for_nobody(books: Books) -> None:
    books.intents[0]["id"] = "pi_9"


def _keep_a_cent(books: Books) -> None:
    books.stripe_refunds[0]["amount"] -= 1


def _lose_a_piece(books: Books) -> None:
    books.inventory[0].available_quantity -= 1


def _restock_what_was_written_off(books: Books) -> None:
    books.inventory[0].available_quantity += 1
    books.movements[3].available_change = 1


def _send_twice(books: Books) -> None:
    books.mails[0]["deliveries"] = 2


def _send_nothing(books: Books) -> None:
    books.mails.pop()


def _skip_a_number(books: Books) -> None:
    books.events[1][1].sequence = 3


def _end_the_workflow(books: Books) -> None:
    books.workflows["A-1"] = "COMPLETED"


def _leave_a_refund_open(books: Books) -> None:
    books.refunds[0].status = "pending"


def _refund_too_much_shipping(books: Books) -> None:
    books.refunds[0].shipping_amount = Decimal("6.00")


def _forget_a_total(books: Books) -> None:
    books.customers[0].total_orders = 2


def _order_a_cart_twice(books: Books) -> None:
    books.placements[1].cart_id = 1


def _lose_an_order(books: Books) -> None:
    books.placements.append(Placement(order_number="A-3", cart_id=3, state="placed"))


def _store_another_status(books: Books) -> None:
    books.events[1][1].payment_status = "pending"


def _skip_a_step(books: Books) -> None:
    books.orders[0].status = books.events[1][1].to_status = "delivered"


@pytest.mark.parametrize(
    ("damage", "names"),
    [
        (_charge_twice, {"an order has at most one successful charge"}),
        (_take_money_for_nobody, {"a succeeded PaymentIntent belongs to one paid order", MONEY}),
        (_keep_a_cent, {"a cancelled paid order is refunded to the cent", MONEY}),
        (_lose_a_piece, {STOCK}),
        (_restock_what_was_written_off, {STOCK}),
        (_send_twice, {MAIL}),
        (_send_nothing, {MAIL}),
        (_skip_a_number, {"events are numbered without gaps"}),
        (_end_the_workflow, {"nothing hangs"}),
        (_leave_a_refund_open, {"nothing hangs"}),
        (_refund_too_much_shipping, {"shipping is refunded at most once"}),
        (_order_a_cart_twice, {"one order for each cart"}),
        (_lose_an_order, {"one order for each cart"}),
        (_store_another_status, {HISTORY}),
        (_skip_a_step, {HISTORY, STOCK}),
        (_forget_a_total, {"customers' totals = their orders"}),
    ],
)
def test_damage_is_noticed(damage: Callable[[Books], None], names: set[str]) -> None:
    books = sound()
    damage(books)
    found = broken(books)
    assert found >= names
    assert found - names <= {"an order has at most one successful charge"}


def test_promise_that_was_not_kept_is_noticed() -> None:
    assert broken(sound(), Tally(placed=["A-3"])) == {"what was promised was done"}
    assert broken(sound(), Tally(placed=["A-1", "A-1"])) == {"what was promised was done"}
    assert broken(sound(), Tally(reached=[("A-1", "shipped")])) == {"what was promised was done"}
    assert broken(sound(), Tally(reached=[("A-1", "confirmed")] * 2)) == {"what was promised was done"}
    assert broken(sound(), Tally(reached=[("A-1", "confirmed")])) == set()


@pytest.mark.parametrize(
    "told",
    [
        Told("A-1", "processing", "paid", 25.80),
        Told("A-1", "confirmed", "refunded", 25.80),
        Told("A-1", "confirmed", "paid", 25.81),
        Told("A-9", "pending", "pending", 25.80),
    ],
    ids=["status", "payment", "total", "order"],
)
def test_what_was_told_and_never_so_is_noticed(told: Told) -> None:
    assert broken(sound(), Tally(told={told})) == {"what was told of an order was true"}


def test_email_may_arrive_as_often_as_its_sending_was_begun() -> None:
    books = sound()
    books.mails[0]["deliveries"] = 2
    books.sends["A-1", "order_confirmation"] = 2
    assert broken(books) == set()
    books.mails[0]["deliveries"] = 3
    assert broken(books) == {MAIL}


@pytest.mark.parametrize(
    ("key", "deliveries", "found"),
    [
        ("payment_failed-1", 0, set()),
        ("payment_failed-1", 1, set()),
        ("payment_failed-1", 2, {MAIL}),
        ("order_confirmation", 0, {MAIL}),
    ],
)
def test_only_what_asks_to_pay_may_have_been_begun_and_left_out(
    key: str, deliveries: int, found: set[str]
) -> None:
    books = sound()
    books.events[1].insert(1, happened(1, 2, "payment.failed"))
    books.events[1][2].sequence = 3
    asking = Email(order_id=1, email_key="payment_failed-1", message_id="<1.asking>", sent_at="now")
    books.emails.append(asking)
    books.mails.append({"message_id": "<1.asking>", "deliveries": 1})
    assert broken(books) == set()
    [begun] = [email for email in books.emails if (email.order_id, email.email_key) == (1, key)]
    begun.sent_at = None
    [mail] = [mail for mail in books.mails if mail["message_id"] == begun.message_id]
    mail["deliveries"] = deliveries
    assert broken(books) == found


def test_waiting_in_vain_is_noticed() -> None:
    tally = Tally()
    with pytest.raises(WaitedInVainError):
        tally.answers.give_up("place", "503")
    assert broken(sound(), tally) == {"nobody waited in vain"}


def test_withdrawn_placement_calls_for_no_mail_and_gives_its_stock_back() -> None:
    books = sound()
    withdrawn = order(3, "cancelled", NOTHING)
    withdrawn.payment_status, withdrawn.paid_amount, withdrawn.payment_reference = "voided", NOTHING, None
    books.orders.append(withdrawn)
    books.events[3] = [happened(3, 1, "order.placed"), happened(3, 2, "order.cancelled")]
    books.events[3][1].from_status, books.events[3][1].payment_status = "pending", "voided"
    books.items.append(OrderItem(id=3, order_id=3, product_id=1, quantity=1))
    books.placements.append(Placement(order_number="A-3", cart_id=3, state="refused"))
    books.workflows["A-3"] = "COMPLETED"
    assert broken(books) == set()
