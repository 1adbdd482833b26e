"""What catching up has done, as a table for people and as JSON."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.catching_up.lost import LostOrder
from local.catching_up.walk import CaughtUp


def summary(done: CaughtUp) -> RenderableType:
    """The numbers, then what needs a human."""
    numbers = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    numbers.add_column()
    numbers.add_column(justify="right")
    for title, number in (
        ("Orders looked at", done.orders),
        ("Orders brought up to date", done.advanced),
        ("Events written", done.events),
        ("E-mails noted as sent", done.emails),
        ("Order number counters moved", len(done.counters)),
        ("Workflows ended", done.ended),
        ("Orders lost", len(done.lost)),
        ("Payments given back or cancelled", sum(order.changed for order in done.lost)),
    ):
        numbers.add_row(title, f"{number:,}")
    parts: list[RenderableType] = [numbers]
    if done.lost:
        parts += [Text("\nLost with the database; write to these customers:", "bold red"), _lost(done.lost)]
    if done.attention:
        parts.append(Text("\nNeeds attention:", "bold red"))
        parts += [Text(f"  {each.subject}  {each.reason}") for each in done.attention]
    if not done.changed:
        parts.append(Text("\nNothing was to be done.", "green"))
    return Group(*parts)


def _lost(orders: list[LostOrder]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 2), header_style="bold")
    table.add_column("Order")
    for title in ("Total", "Given back", "Still held"):
        table.add_column(title, justify="right")
    table.add_column("Payment at Stripe")
    for order in orders:
        amounts = (order.amount, order.refunded, order.kept)
        table.add_row(
            order.order_number,
            *(f"{amount:.2f} {order.currency}" for amount in amounts),
            order.payment_reference or "none",
        )
    return table


def document(done: CaughtUp) -> dict[str, Any]:
    """The same for programs."""
    return {
        "since": done.since.isoformat() if done.since else None,
        "changed": done.changed,
        "orders": done.orders,
        "advanced": done.advanced,
        "events": done.events,
        "emails": done.emails,
        "workflows_ended": done.ended,
        "counters": [
            {"prefix": prefix, "day": day.isoformat(), "last_number": number}
            for prefix, day, number in done.counters
        ],
        "lost": [
            {
                "order_number": order.order_number,
                "total_amount": f"{order.amount:.2f}",
                "currency": order.currency,
                "payment_reference": order.payment_reference,
                "shipped": order.shipped,
                "refunded_amount": f"{order.refunded:.2f}",
                "held_amount": f"{order.kept:.2f}",
                "changed": order.changed,
            }
            for order in done.lost
        ],
        "attention": [{"subject": each.subject, "reason": each.reason} for each in done.attention],
    }
