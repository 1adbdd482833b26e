"""The JSON routes tests and tools read mail by."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from local.mailbox.store import MessageFilter, MessageStore

router = APIRouter()


class Message(BaseModel):
    """A received message; `from` is the From header, `deliveries` how often it was sent to this address."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    to: str = Field(validation_alias="recipient")
    sender: str = Field(serialization_alias="from")
    subject: str
    text: str
    html: str | None
    message_id: str | None
    received_at: datetime
    deliveries: int


@router.get("/api/messages")
def list_messages(request: Request, to: str | None = None, subject: str | None = None) -> list[Message]:
    """Return all messages, newest last; `to` is an exact address, `subject` a part of the subject."""
    store: MessageStore = request.app.state.store
    found = store.messages(MessageFilter(recipient=to, subject=subject))
    return [Message.model_validate(message) for message in found]


@router.delete("/api/messages", status_code=204)
def delete_messages(request: Request) -> Response:
    """Empty the mailbox."""
    store: MessageStore = request.app.state.store
    store.clear()
    return Response(status_code=204)


@router.get("/healthz")
def health(request: Request) -> dict[str, str]:
    """Answer 200 while the database can be read, else 503."""
    store: MessageStore = request.app.state.store
    store.message(0)
    return {"status": "ok"}
