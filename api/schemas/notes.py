"""Notes of a vendor's people about an order."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import AnswerModel, RequestModel
from api.schemas.messages import MessageText


class NoteRequest(RequestModel):
    """What somebody notes for their colleagues."""

    body: MessageText


class NoteAuthorAnswer(AnswerModel):
    """Who wrote a note."""

    id: int
    first_name: str
    last_name: str


class NoteAnswer(AnswerModel):
    """One note; customers never see it."""

    id: int
    author: NoteAuthorAnswer
    body: str = Field(description="As it was written: plain text.")
    created_at: datetime
