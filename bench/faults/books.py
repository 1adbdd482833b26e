"""All that is written about the orders of a run: in PostgreSQL, at Stripe, in the mailbox, in Temporal."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import select
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from bench.faults.town import JSON, Town
from db.session import Database
from db.tables import (
    Base,
    Customer,
    Email,
    Inventory,
    InventoryMovement,
    Invoice,
    Order,
    OrderEvent,
    OrderItem,
    Payment,
    Placement,
    Refund,
    RefundItem,
)

Rows: TypeAlias = dict[type[Base], list[Any]]

_TABLES: tuple[type[Base], ...] = (
    Customer,
    Email,
    Inventory,
    InventoryMovement,
    Invoice,
    Order,
    OrderEvent,
    OrderItem,
    Payment,
    Placement,
    Refund,
    RefundItem,
)


@dataclass(frozen=True)
class Books:
    """All rows as of one moment; `workflows` tells by order number how its workflow stands.

    `sends` tells by order number and e-mail how often its sending was begun, where that is not once.
    """

    customers: list[Customer]
    emails: list[Email]
    inventory: list[Inventory]
    movements: list[InventoryMovement]
    orders: list[Order]
    events: dict[int, list[OrderEvent]]
    items: list[OrderItem]
    payments: list[Payment]
    placements: list[Placement]
    refunds: list[Refund]
    refund_items: list[RefundItem]
    intents: list[JSON]
    charges: list[JSON]
    stripe_refunds: list[JSON]
    mails: list[JSON]
    workflows: dict[str, str]
    sends: dict[tuple[str, str], int] = field(default_factory=dict)
    invoices: list[Invoice] = field(default_factory=list)


async def read_books(town: Town) -> Books:
    """Read everything; the run has to be quiet, and the faults off."""
    rows = await read_tables(town.database)
    return books_of(
        rows,
        intents=await town.stripe_objects("payment_intents"),
        charges=await town.stripe_objects("charges"),
        stripe_refunds=await town.stripe_objects("refunds"),
        mails=await town.mails(),
        workflows={order.order_number: await _workflow(town, order.order_number) for order in rows[Order]},
    )


async def read_tables(database: Database) -> Rows:
    """All rows of the tables about orders, in one snapshot."""
    async with database.platform() as session:
        return {table: list(await session.scalars(select(table))) for table in _TABLES}


def books_of(
    rows: Rows,
    *,
    intents: list[JSON],
    charges: list[JSON],
    stripe_refunds: list[JSON],
    mails: list[JSON],
    workflows: dict[str, str],
) -> Books:
    """What PostgreSQL holds beside what the others do."""
    return Books(
        customers=rows[Customer],
        emails=rows[Email],
        inventory=rows[Inventory],
        movements=rows[InventoryMovement],
        orders=rows[Order],
        events=by_order(rows[OrderEvent]),
        items=rows[OrderItem],
        payments=rows[Payment],
        placements=rows[Placement],
        refunds=rows[Refund],
        refund_items=rows[RefundItem],
        intents=intents,
        charges=charges,
        stripe_refunds=stripe_refunds,
        mails=mails,
        workflows=workflows,
        invoices=rows[Invoice],
    )


def by_order(events: list[OrderEvent]) -> dict[int, list[OrderEvent]]:
    """The events of each order, in their order."""
    sorted_events: dict[int, list[OrderEvent]] = {}
    for event in sorted(events, key=lambda event: event.sequence):
        sorted_events.setdefault(event.order_id, []).append(event)
    return sorted_events


async def _workflow(town: Town, order_number: str) -> str:
    try:
        described = await town.temporal.get_workflow_handle(order_number).describe()
    except RPCError as error:
        return error.status.name
    return (described.status or WorkflowExecutionStatus.RUNNING).name
