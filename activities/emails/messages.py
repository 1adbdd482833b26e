"""What an e-mail tells of a message: from the database, and as lines to quote."""

from dataclasses import replace

from sqlalchemy import bindparam, select

from activities.emails.facts import OrderFacts
from db.direct import Direct
from db.tables import OrderMessage

_BODY = select(OrderMessage.body).where(
    OrderMessage.order_id == bindparam("order_id"), OrderMessage.id == bindparam("message_id")
)


async def with_message(direct: Direct, order: OrderFacts, email_key: str) -> OrderFacts:
    """The order together with the message that the e-mail's key names."""
    message_id = int(email_key.split(":")[1])
    found = await direct.one(_BODY, {"order_id": order.order_id, "message_id": message_id})
    return replace(order, message=found.body)


def quoted(order: OrderFacts) -> tuple[str, ...]:
    """What was written, line by line, without empty ones. Raises ValueError when there is no message."""
    if order.message is None:
        raise ValueError("there is no message to tell of")
    return tuple(stripped for line in order.message.splitlines() if (stripped := " ".join(line.split())))
