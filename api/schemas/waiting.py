"""What an order waits for, as its vendor sees it."""

from datetime import datetime

from pydantic import Field

from api.attempts import Attempts
from api.schemas.base import AnswerModel
from domain.waiting import Party, Step, Wait


class WaitAnswer(AnswerModel):
    """What an order waits for, who has to act, and how often it was tried.

    The last three are null when nothing is being tried, and when it cannot be told at this moment.
    """

    step: Step
    party: Party = Field(serialization_alias="for")
    since: datetime
    until: datetime | None = Field(description="When the wait ends or is late; null where nobody set a time.")
    attempts: int | None
    last_error: str | None = Field(description="The code of what went wrong at the last attempt.")
    next_try: datetime | None


def present_wait(wait: Wait, attempts: Attempts | None) -> WaitAnswer:
    """The wait together with what is being tried."""
    return WaitAnswer(
        step=wait.step,
        party=wait.party,
        since=wait.since,
        until=wait.until,
        attempts=None if attempts is None else attempts.number,
        last_error=None if attempts is None else attempts.last_error,
        next_try=None if attempts is None else attempts.next_try,
    )
