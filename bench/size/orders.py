"""The rows that an order's life leaves behind, as the workflow's activities write them."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from bench.size.copying import NULL, Lines, moment
from bench.size.lives import Life
from bench.size.people import Person
from bench.size.shops import Basket, Shop
from domain.lifecycle import OrderStatus as Status
from domain.lifecycle import PaymentMethod
from domain.lifecycle import PaymentStatus as Paid
from domain.orders import OrderEventType as Event

_CARRIERS = ("dhl", "dpd", "ups", "post_lu")
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_HASH = "0" * 64
_SECOND = timedelta(seconds=1)


@dataclass
class Step:
    """An event to be: its type, the status that it leads to, who did it, and what it keeps."""

    type: Event
    at: datetime
    payment_status: Paid
    actor_type: str = "system"
    actor_id: int | None = None
    to_status: Status | None = None
    data: dict[str, str | bool | None] = field(default_factory=dict)
    notes: str = NULL


class OrderRows:
    """Writes orders one after the other; ids of orders, placements and payments are the same number.

    `transactions` numbers the transactions that wrote the events. They are negative, as those of a cluster
    that was restored: nobody who resumes a stream hears of them.
    """

    def __init__(self, lines: Lines, random: Random, *, transactions: int) -> None:
        self._lines = lines
        self._random = random
        self._transaction = transactions
        self._order = self._item = self._refund = 0

    def write(self, shop: Shop, person: Person, life: Life) -> None:
        """One order with all that belongs to it."""
        self._order += 1
        basket = self._random.choice(shop.baskets[person.country])
        number = shop.next_number(life.placed)
        person.carts += 1
        self._write_placement(shop, person, life, basket, number)
        self._write_items(shop, life, basket, number)
        refund = self._write_money(shop, life, basket, number)
        self._write_order(shop, person, life, basket, number, refund)
        self._write_events(shop, person, life, basket, number, refund)
        self._write_talk(shop, person, life)
        if life.paid is not None and life.status is not Status.CANCELLED:
            person.orders += 1
            person.spent += basket.priced.total_amount - refund

    def _write_placement(self, shop: Shop, person: Person, life: Life, basket: Basket, number: str) -> None:
        request = {
            "shipping_address_id": person.id,
            "billing_address_id": person.id,
            "shipping_method": "standard",
            "payment_method": life.method,
            "customer_notes": None,
            "ip_address": "192.0.2.1",
            "user_agent": _AGENT,
        }
        placed, total = moment(life.placed), basket.priced.total_amount
        key = f"cart-{person.id}-{person.carts}"
        self._lines.add(
            "placements",
            *(self._order, shop.id, person.id, person.id, person.carts, key, _HASH, json.dumps(request)),
            *(total, number, "placed", placed, placed),
        )

    def _write_items(self, shop: Shop, life: Life, basket: Basket, number: str) -> None:
        placed = moment(life.placed)
        for position, line in enumerate(basket.priced.lines, start=1):
            self._item += 1
            product, pieces = line.product_id, line.quantity
            self._lines.add(
                "order_items",
                *(self._item, shop.id, self._order, position, product, line.sku, line.title),
                *(pieces, line.unit_price, line.total_price, line.tax_rate, line.tax_amount),
            )
            moved = ("inventory_movements", shop.id, product)
            self._lines.add(*moved, "reserved", -pieces, pieces, number, placed)
            if life.shipped is not None:
                self._lines.add(*moved, "shipped", 0, -pieces, number, moment(life.shipped))
                shop.sold[product] += pieces
            elif life.cancelled is not None:
                self._lines.add(*moved, "released", pieces, -pieces, number, moment(life.cancelled))
            else:
                shop.held[product] += pieces

    def _write_money(self, shop: Shop, life: Life, basket: Basket, number: str) -> Decimal:
        """The payment and the refund; answers how much went back."""
        total, by_stripe = basket.priced.total_amount, life.method is PaymentMethod.STRIPE
        waits = life.paid is None
        status = "requires_payment_method" if waits else "succeeded"
        if waits and life.cancelled is not None:
            status = "canceled"
        reference, secret = (f"pi_{number}", f"pi_{number}_secret") if by_stripe else (NULL, NULL)
        self._lines.add(
            "payments",
            *(self._order, shop.id, self._order, life.method, reference, secret, total, "EUR", status),
            *(moment(life.placed), moment(life.paid or life.placed)),
        )
        if life.refunded is None:
            return Decimal(0)
        self._refund += 1
        amount = total if life.refunds_all else basket.priced.lines[0].unit_price
        reason = "cancelled" if life.cancelled else "returned"
        at, gone = moment(life.refunded), moment(life.refunded + _SECOND)
        self._lines.add(
            "refunds",
            *(self._refund, shop.id, self._order, self._order, f"{number}:refund:1", amount, "EUR", reason),
            *("succeeded", f"re_{number}" if by_stripe else NULL, at, gone),
        )
        return amount

    def _write_order(
        self, shop: Shop, person: Person, life: Life, basket: Basket, number: str, refund: Decimal
    ) -> None:
        priced, random = basket.priced, self._random
        by_stripe, is_sent = life.method is PaymentMethod.STRIPE, life.shipped is not None
        self._lines.add(
            "orders",
            *(self._order, shop.id, person.id, self._order, number, life.status, life.payment_status),
            *(life.cancel_reason or NULL, priced.subtotal, priced.shipping_cost, priced.tax_amount),
            *(priced.discount_amount, priced.total_amount, priced.total_amount if life.paid else 0, refund),
            *("EUR", "f", basket.tax_summary, "standard", person.document, person.document, life.method),
            *(f"pi_{number}" if by_stripe else NULL, moment(life.expires)),
            *((random.choice(_CARRIERS), f"TRACK{self._order:010}") if is_sent else (NULL, NULL)),
            *("Please ring twice." if random.random() < 0.05 else NULL, "192.0.2.1", _AGENT),
            *(moment(life.paid), moment(life.shipped), moment(life.delivered), moment(life.completed)),
            *(moment(life.placed), moment(life.touched)),
            *(person.first_name, person.last_name, person.email),
        )

    def _write_events(
        self, shop: Shop, person: Person, life: Life, basket: Basket, number: str, refund: Decimal
    ) -> None:
        status: str = NULL
        for sequence, step in enumerate(_steps(shop, person, life, basket, number, refund), start=1):
            self._transaction += 1
            to_status = step.to_status or NULL
            self._lines.add(
                "order_events",
                *(shop.id, self._order, sequence, step.type, status if step.to_status else NULL, to_status),
                *(step.payment_status, step.actor_type),
                *(NULL if step.actor_id is None else step.actor_id, step.notes, json.dumps(step.data)),
                *(moment(step.at), self._transaction),
            )
            status = step.to_status or status

    def _write_talk(self, shop: Shop, person: Person, life: Life) -> None:
        if self._random.random() < 0.04:
            asked = life.placed + timedelta(hours=3)
            if asked < life.touched:
                self._transaction += 1
                told, body = moment(asked + _SECOND), "When does it come?"
                self._lines.add(
                    "order_messages",
                    *(shop.id, self._order, "customer", person.id, body, told, moment(asked)),
                    self._transaction,
                )
                noted = moment(asked + 60 * _SECOND)
                self._lines.add("order_notes", shop.id, self._order, shop.id, "Asked when it comes.", noted)


def _steps(
    shop: Shop, person: Person, life: Life, basket: Basket, number: str, refund: Decimal
) -> list[Step]:
    """What happened, in order."""
    total, pending, paid = str(basket.priced.total_amount), Paid.PENDING, Paid.PAID
    placed = Step(Event.ORDER_PLACED, life.placed, pending, "customer", person.id, Status.PENDING)
    steps = [placed]
    by_stripe = life.method is PaymentMethod.STRIPE
    vendor: tuple[str, int | None] = ("vendor", shop.id)
    system: tuple[str, int | None] = ("system", None)
    confirmer = system if by_stripe else vendor
    if by_stripe:
        opened = {"payment_reference": f"pi_{number}"}
        steps.append(Step(Event.PAYMENT_OPENED, life.placed + _SECOND, pending, data={**opened}))
    if life.paid is not None:
        got = {"amount": total, "charge": f"ch_{number}" if by_stripe else None}
        steps.append(Step(Event.PAYMENT_SUCCEEDED, life.paid, paid, *confirmer, data={**got}))
        steps.append(Step(Event.ORDER_CONFIRMED, life.paid, paid, *confirmer, Status.CONFIRMED))
    if life.processed is not None:
        steps.append(Step(Event.ORDER_PROCESSING, life.processed, paid, *vendor, Status.PROCESSING))
    if life.shipped is not None:
        steps.append(Step(Event.ORDER_SHIPPED, life.shipped, paid, *vendor, Status.SHIPPED))
    if life.delivered is not None:
        steps.append(Step(Event.ORDER_DELIVERED, life.delivered, paid, *vendor, Status.DELIVERED))
    if life.cancelled is not None:
        kept: dict[str, str | bool | None] = {
            "reason": life.cancel_reason,
            "refund_amount": str(refund),
            "restock": True,
            "notify_customer": True,
        }
        now_paid = Paid.VOIDED if life.paid is None else paid
        who = system if life.paid is None else ("customer", person.id)
        steps.append(Step(Event.ORDER_CANCELLED, life.cancelled, now_paid, *who, Status.CANCELLED, kept))
    if life.refunded is not None:
        went = {"refund_key": f"{number}:refund:1", "amount": str(refund)}
        asked = Step(Event.REFUND_REQUESTED, life.refunded, paid, *vendor, data={**went}, notes="returned")
        arrived = life.refunded + _SECOND
        steps += [asked, Step(Event.REFUND_SUCCEEDED, arrived, life.payment_status, data={**went})]
    if life.completed is not None:
        steps.append(Step(Event.ORDER_COMPLETED, life.completed, life.payment_status))
    return steps
