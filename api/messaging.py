"""Adding a message to an order's thread, and having it mailed."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from api.engine import Engine
from api.engine_failures import WorkflowGone
from db.queries import messages
from db.queries.messages import NewMessage, ThreadMessage
from db.session import Database
from domain.errors import EngineUnavailable
from workflows.thread_messages import MESSAGE_WORKFLOW, message_mail, message_workflow_id

_SOON = timedelta(seconds=2)

log = structlog.get_logger("api.messaging")


@dataclass(frozen=True)
class Posted:
    """The stored message; `replayed` when it was there before under its key."""

    message: ThreadMessage
    replayed: bool


async def post_message(database: Database, engine: Engine, new: NewMessage, *, order_number: str) -> Posted:
    """Keep a message and have the other side mailed; that comes later where Temporal is away.

    Raises IdempotencyKeyReused, RateLimited.
    """
    async with database.vendor(new.vendor_id) as session:
        message_id, replayed = await messages.add_message(session, new)
        stored = await messages.get_message(session, order_id=new.order_id, message_id=message_id)
    if not replayed:
        mail = message_mail(
            vendor_id=new.vendor_id,
            order_id=new.order_id,
            order_number=order_number,
            message_id=message_id,
            author=new.author,
        )
        try:
            await engine.start(
                MESSAGE_WORKFLOW, mail, workflow_id=message_workflow_id(mail), once=True, within=_SOON
            )
        except (EngineUnavailable, WorkflowGone) as error:
            # It is stored; the reconciliation finds whom nobody has told.
            log.warning("message is mailed later", message_id=message_id, code=type(error).__name__)
    return Posted(stored, replayed)
