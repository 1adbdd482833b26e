"""The two orders of the demo: one delivered, one cancelled and refunded."""

from dataclasses import dataclass, field
from typing import Any

from local.demo.http import DemoError, wait_for
from local.demo.people import Customer, Mailbox, Vendor
from local.demo.steps import Steps


@dataclass
class Record:
    """What was seen: the main order's statuses in order, and the e-mails about both orders."""

    order_number: str | None = None
    timeline: list[dict[str, str]] = field(default_factory=list)
    emails: list[dict[str, str]] = field(default_factory=list)

    def saw(self, order: dict[str, Any]) -> None:
        """Note the order's statuses unless they are the last ones noted; `at` is when they were stored."""
        statuses = {"status": order["status"], "payment_status": order["payment_status"]}
        last = self.timeline[-1] if self.timeline else {}
        if any(last.get(name) != value for name, value in statuses.items()):
            self.timeline.append(statuses | {"at": order["updated_at"]})


class Story:
    """Tells the demo on a running stack; raises DemoError at the first step that is not seen in time."""

    def __init__(self, stack: dict[str, Any], steps: Steps, record: Record) -> None:
        self._stack = stack
        self._steps = steps
        self._record = record
        self._mailbox = Mailbox(stack["mail_url"])

    def tell(self) -> None:
        """The whole demo."""
        self._steps.chapter("An order, from the cart to the door")
        with self._steps.step("The customer signs in") as step:
            self._customer = Customer(self._stack)
            step.result = self._customer.email
        delivered = self._deliver_an_order()
        self._steps.chapter("A second order, cancelled and refunded")
        refunded = self._refund_an_order()
        self._record.emails = [
            {"to": message["to"], "subject": message["subject"]}
            for number in (delivered, refunded)
            for message in self._mailbox.about(number)
        ]

    def _deliver_an_order(self) -> str:
        order = self._place(2)
        number: str = order["order_number"]
        self._record.order_number = number
        self._record.saw(order)
        self._pay(order)
        self._expect_email(number, "is confirmed", "confirms the order to the customer", self._customer.email)
        self._expect_email(number, "New order", "tells the vendor about the order")
        with self._steps.step("The vendor signs in") as step:
            vendor = Vendor(self._stack)
            step.result = vendor.name
        self._move(vendor, order, "processing")
        self._move(vendor, order, "shipped", carrier="dhl", tracking_number="JD014600006281230704")
        self._expect_email(number, "is on its way", "has the tracking link", self._customer.email)
        self._move(vendor, order, "delivered")
        self._expect_email(number, "was delivered", "says it was delivered", self._customer.email)
        return number

    def _refund_an_order(self) -> str:
        order = self._place(1)
        number: str = order["order_number"]
        self._pay(order)
        with self._steps.step("The customer cancels it") as step:
            cancelled = self._customer.cancel(order["id"])
            if cancelled["status"] != "cancelled":
                raise DemoError(f"{number} is {cancelled['status']} after it was cancelled")
            step.result = f"cancelled, {cancelled['cancel_reason']}"
        with self._steps.step("The money goes back", "Stripe's refund") as step:
            refunded = wait_for(f"The refund of {number}", lambda: self._refunded(order["id"]))
            step.result = f"{refunded['refunded_amount']:.2f} {refunded['currency']} refunded"
        self._expect_email(number, "was cancelled", "confirms the cancellation", self._customer.email)
        self._expect_email(number, "Refund of", "confirms the refund", self._customer.email)
        return number

    def _place(self, count: int) -> dict[str, Any]:
        customer = self._customer
        with self._steps.step("Puts products in a new cart") as step:
            products = customer.products(count)
            session_id = customer.fill_cart(products)
            step.result = ", ".join(product["title"] for product in products)
        with self._steps.step("Asks what it will cost") as step:
            address_id = customer.address()
            quote = customer.quote(session_id, address_id)
            step.result = (
                f"{quote['total_amount']:.2f} {quote['currency']},"
                f" of which shipping {quote['shipping_cost']:.2f} and tax {quote['tax_amount']:.2f}"
            )
        with self._steps.step("Places the order", "stock and payment") as step:
            order = customer.place(session_id, address_id, quote["total_amount"])
            step.result = f"{order['order_number']}, {order['status']}"
        return order

    def _pay(self, order: dict[str, Any]) -> None:
        with self._steps.step("Pays by card at Stripe"):
            self._customer.pay(order["payment"])
        with self._steps.step("The order is confirmed", "Stripe's webhook") as step:
            number = order["order_number"]
            wait_for(f"The payment of {number}", lambda: self._reached(order, "confirmed", "paid"))
            step.result = "confirmed, paid"

    def _move(self, vendor: Vendor, order: dict[str, Any], status: str, **more: str) -> None:
        with self._steps.step(f"The vendor sets it to {status}") as step:
            vendor.move(order["id"], status, **more)
            wait_for(f"{order['order_number']} {status}", lambda: self._reached(order, status, "paid"))
            step.result = " ".join(more.values())

    def _reached(self, order: dict[str, Any], status: str, payment_status: str) -> dict[str, Any] | None:
        """The order once the customer sees it with these statuses."""
        seen = self._customer.order(order["id"])
        if order["order_number"] == self._record.order_number:
            self._record.saw(seen)
        if (seen["status"], seen["payment_status"]) == (status, payment_status):
            return seen
        return None

    def _refunded(self, order_id: int) -> dict[str, Any] | None:
        seen = self._customer.order(order_id)
        return seen if seen["payment_status"] == "refunded" else None

    def _expect_email(self, number: str, subject: str, does: str, recipient: str | None = None) -> None:
        with self._steps.step(f"An e-mail {does}", "the mailbox") as step:
            message = self._mailbox.wait_for(number, subject, recipient)
            step.result = f"{message['to']}: {message['subject']}"
