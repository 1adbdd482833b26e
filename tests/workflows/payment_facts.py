"""What must be true of an order at rest, by Stripe's word alone; none of Orion's own rules is used."""

from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from db.tables import OrderEvent, Refund
from tests.fixtures.sandboxes import SandboxProcess
from tests.system.stripe_account import listed
from tests.workflows.payments import disputes, mails
from tests.workflows.shop import Shop
from workflows.messages import OrderInput

JSON = dict[str, Any]
CLOSED = {"won": "won", "lost": "lost", "warning_closed": "won"}


async def differences(
    shop: Shop, stripe: SandboxProcess, given: OrderInput, status: str, cancel_reason: str | None
) -> list[str]:
    """In what the order differs from what happened at Stripe, in words; nothing when all is well."""
    order = await shop.order(given)
    reference = str(order.payment_reference)
    intent: JSON = await stripe.intent(reference)
    refunds = await listed(stripe, "refunds", payment_intent=reference)
    disputed = await listed(stripe, "disputes", payment_intent=reference)
    paid = intent["status"] == "succeeded"
    expected = _amounts(order.total_amount if paid else Decimal(0), refunds, disputed)
    expected |= {"status": status, "cancel_reason": cancel_reason}
    if not paid:
        expected["payment_status"] = "voided"
    found = [
        f"{name} is {getattr(order, name)}, not {value}"
        for name, value in expected.items()
        if getattr(order, name) != value
    ]
    charges = await listed(stripe, "charges", payment_intent=reference)
    if sum(charge["status"] == "succeeded" for charge in charges) != paid:
        found.append("charged more than once")
    if any(refund["status"] == "pending" for refund in refunds):
        found.append("a bank has not finished a refund")
    found += await _refund_differences(shop, order.id, refunds)
    ours = {row.provider_reference: (row.status, row.outcome) for row in await disputes(shop, given)}
    theirs = {row["id"]: (row["status"], CLOSED.get(row["status"])) for row in disputed}
    if ours != theirs:
        found.append(f"disputes are {ours}, not {theirs}")
    return found + await _story_differences(shop, given, paid=paid, status=status, disputed=disputed)


def _amounts(paid: Decimal, refunds: list[JSON], disputed: list[JSON]) -> dict[str, object]:
    refunded = _sum(row for row in refunds if row["status"] == "succeeded")
    lost = _sum(row for row in disputed if row["status"] == "lost")
    back = min(refunded + lost, paid)
    return {
        "paid_amount": paid,
        "refunded_amount": refunded,
        "charged_back_amount": lost,
        "disputed_amount": _sum(
            row for row in disputed if row["status"] in ("needs_response", "under_review")
        ),
        "refund_pending_amount": _sum(row for row in refunds if row["status"] == "pending"),
        "payment_status": "paid" if back == 0 else "refunded" if back == paid else "partially_refunded",
    }


def _sum(rows: Any) -> Decimal:  # noqa: ANN401 -- any iterable of Stripe's objects
    return Decimal(sum(row["amount"] for row in rows)) / 100


async def _refund_differences(shop: Shop, order_id: int, refunds: list[JSON]) -> list[str]:
    async with shop.database.reading(shop.vendor.id) as session:
        rows = (await session.scalars(select(Refund).where(Refund.order_id == order_id))).all()
    found = [
        f"{row.refund_key} was never sent"
        for row in rows
        if (row.provider_reference, row.status) == (None, "pending")
    ]
    ours = {row.provider_reference: row.status for row in rows if row.provider_reference is not None}
    # A refund that was sent again after it had failed is one row with its newest reference.
    theirs = {row["id"]: row["status"] for row in refunds if row["status"] != "failed" or row["id"] in ours}
    return found if ours == theirs else [*found, f"refunds are {ours}, not {theirs}"]


async def _story_differences(
    shop: Shop, given: OrderInput, *, paid: bool, status: str, disputed: list[JSON]
) -> list[str]:
    order = await shop.order(given)
    async with shop.database.reading(shop.vendor.id) as session:
        statement = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
        events = (await session.scalars(statement)).all()
    found = []
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        found.append("the events have gaps")
    kinds = Counter(event.type for event in events)
    closed = [row for row in disputed if row["status"] in CLOSED]
    for kind, count in {
        "order.placed": 1,
        "payment.succeeded": int(paid),
        "order.confirmed": int(paid),
        "order.cancelled": int(status == "cancelled"),
        "dispute.opened": len(disputed),
        "dispute.won": sum(row["status"] != "lost" for row in closed),
        "dispute.lost": sum(row["status"] == "lost" for row in closed),
    }.items():
        if kinds[kind] != count:
            found.append(f"{kinds[kind]} times {kind}, not {count}")
    sent = await mails(shop, given)
    due = _due_mails([(event.type, event.data) for event in events], closed)
    optional = {
        key for key in sent if key.startswith(("payment_failed-", "vendor_dispute_opened:", "vendor_order_"))
    }
    if set(sent) - optional != due:
        found.append(f"e-mails are {sorted(sent)}, not {sorted(due)}")
    if len([key for key in sent if key.startswith("payment_failed-")]) > kinds["payment.failed"]:
        found.append("more complaints than declines")
    return found


def _due_mails(events: list[tuple[str, JSON]], closed: list[JSON]) -> set[str]:
    """What must have been sent; asking to pay again and to send evidence may be out of date by then."""
    due = {f"vendor_dispute_closed:{row['id']}:{CLOSED[row['status']]}" for row in closed}
    for kind, data in events:
        if kind == "order.confirmed":
            due |= {"order_confirmation", "vendor_new_order"}
        elif kind in ("order.shipped", "order.delivered", "order.cancelled"):
            due.add(kind.replace(".", "_"))
        elif kind == "refund.succeeded":
            due.add(f"refund_issued:{data['refund_key']}")
    return due
