"""Placing an order: claim its number, have its workflow place it, and answer what was stored."""

import asyncio
import time
from dataclasses import dataclass

from api.claiming import PLACED, REFUSED, Attempt, Claimed, find_or_claim
from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from api.placement_outcomes import PlacementOutcomes
from db.queries import orders, placements
from db.queries.orders import StoredOrder
from db.session import Database
from db.tables import Placement
from domain.errors import OrderClosed, rebuild
from domain.lifecycle import PaymentMethod
from settings import Settings
from workflows.messages import OrderInput, OrderPolicy


@dataclass(frozen=True)
class Outcome:
    """`order` is absent while it is still being placed; `replayed` when this was not the first attempt."""

    order_number: str
    state: str
    order: StoredOrder | None
    replayed: bool


# The database tells at once what became of a placement; a connection that hears nothing more is passed by.
_LOOK_EVERY = 2.0  # seconds


async def place_order(
    database: Database, engine: Engine, outcomes: PlacementOutcomes, settings: Settings, attempt: Attempt
) -> Outcome:
    """Place an order once, however often it is asked for.

    Raises the refusal of this or of the first attempt; EngineUnavailable and DatabaseUnavailable, after
    which the same request may be sent again.
    """
    claimed = await find_or_claim(database, attempt)
    state = claimed.placement.state
    if state not in {PLACED, REFUSED}:
        try:
            state = await _place(database, engine, outcomes, claimed, _order_input(claimed, settings))
        except EngineSlow:
            return Outcome(claimed.placement.order_number, state, None, claimed.replayed)
        except WorkflowGone:
            return await _look(database, claimed)
        if state == REFUSED:  # by the workflow, which has kept why
            return await _outcome_of(database, claimed)
    return await _settled(database, claimed.placement, state, replayed=claimed.replayed)


async def _place(
    database: Database, engine: Engine, outcomes: PlacementOutcomes, claimed: Claimed, order: OrderInput
) -> str:
    """PLACED or REFUSED, as the database tells it, or else the workflow. Raises EngineSlow, WorkflowGone.

    The database knows first: the workflow's answer comes through Temporal, once its task is over and noted.
    Whoever repeats a placement asks the workflow, because it may be over already.
    """
    if not claimed.replayed:
        with outcomes.expect(claimed.placement.id) as outcome:
            if outcome is not None:
                await engine.start_order(order)
                state = await _told(database, claimed, outcome, within=engine.timeout.total_seconds())
                if state is not None:
                    return state
    await engine.place(order)
    return PLACED


async def _told(
    database: Database, claimed: Claimed, outcome: "asyncio.Future[str | None]", *, within: float
) -> str | None:
    """How the placement ends, None where that may have been missed. Raises EngineSlow after some seconds."""
    ends = time.monotonic() + within
    while (left := ends - time.monotonic()) > 0:
        await asyncio.wait({outcome}, timeout=min(_LOOK_EVERY, left))
        if outcome.done():
            return outcome.result()
        seen = await _outcome_of(database, claimed)
        if seen.state == PLACED:
            return PLACED
    raise EngineSlow


async def placement_outcome(
    database: Database, *, vendor_id: int, customer_id: int, order_number: str
) -> Outcome:
    """How a placement stands. Raises its refusal, or PlacementNotFound."""
    async with database.reading(vendor_id) as session:
        placement = await placements.get_placement(
            session, customer_id=customer_id, order_number=order_number
        )
    return await _settled(database, placement, placement.state, replayed=True)


async def _settled(database: Database, placement: Placement, state: str, *, replayed: bool) -> Outcome:
    if state == REFUSED:
        refusal = placement.refusal or {}
        raise rebuild(refusal["code"], refusal["message"], refusal["fields"])
    stored = None
    if state == PLACED:
        async with database.direct(placement.vendor_id, reading=True) as direct:
            stored = await orders.read_placed(
                direct, order_number=placement.order_number, customer_id=placement.customer_id
            )
    return Outcome(placement.order_number, state, stored, replayed)


async def _look(database: Database, claimed: Claimed) -> Outcome:
    """What became of a placement whose workflow has ended and is forgotten."""
    outcome = await _outcome_of(database, claimed)
    if outcome.order is None:
        raise OrderClosed("Placing this order was broken off; please contact the shop.")
    return outcome


async def _outcome_of(database: Database, claimed: Claimed) -> Outcome:
    """How a placement stands in the database. Raises its refusal."""
    return await placement_outcome(
        database,
        vendor_id=claimed.placement.vendor_id,
        customer_id=claimed.placement.customer_id,
        order_number=claimed.placement.order_number,
    )


def _order_input(claimed: Claimed, settings: Settings) -> OrderInput:
    placement, shop = claimed.placement, claimed.shop
    method = placement.request["payment_method"]
    manual = method == PaymentMethod.MANUAL
    return OrderInput(
        vendor_id=placement.vendor_id,
        vendor_code=shop.vendor_code,
        placement_id=placement.id,
        order_number=placement.order_number,
        customer_id=placement.customer_id,
        payment_method=method,
        total_amount=placement.quoted_total,
        currency=shop.currency,
        policy=OrderPolicy(
            payment_window=shop.manual_payment_window if manual else shop.payment_window,
            return_window=shop.return_window,
            capture_method=shop.capture_method,
            capture_expiry=shop.capture_expiry,
            poll_first=settings.payment_poll_first,
            mails_together=True,
            mails_at_once=True,
        ),
    )
