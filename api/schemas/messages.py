"""The message thread of an order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.base import AnswerModel, Printable, RequestModel
from db.queries.messages import ThreadMessage
from domain.lifecycle import ActorType

MessageText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), Printable
]


class MessageRequest(RequestModel):
    """What somebody writes to the other side."""

    body: MessageText


class MessageAnswer(AnswerModel):
    """One message; to customers `author_name` of the vendor's people is the shop's name."""

    id: int
    author: Literal["customer", "vendor"]
    author_name: str
    body: str = Field(description="As it was written: plain text.")
    created_at: datetime


def present_messages(messages: Sequence[ThreadMessage], *, reader: ActorType) -> list[MessageAnswer]:
    """The thread as customer or vendor reads it; customers get to know nobody by name who works there."""
    return [_present(message, reader) for message in messages]


def _present(message: ThreadMessage, reader: ActorType) -> MessageAnswer:
    by_vendor = message.author == ActorType.VENDOR
    named = not by_vendor or (reader == ActorType.VENDOR and bool(message.author_name.strip()))
    return MessageAnswer(
        id=message.id,
        author="vendor" if by_vendor else "customer",
        author_name=message.author_name if named else message.shop_name,
        body=message.body,
        created_at=message.created_at,
    )
