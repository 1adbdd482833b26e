"""What the order needs of a mail server."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One message to one person; the same `message_id` marks a repeat of the same message.

    `sender_name` is shown beside the platform's own address, answers go to `reply_to`.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    sender_name: str
    reply_to: str | None = None


class MailError(Exception):
    """A message that was not taken. Its text has no address; `reply_code` is the server's three digits."""

    def __init__(self, message: str, reply_code: int | None = None) -> None:
        super().__init__(message)
        self.reply_code = reply_code


class MailRejected(MailError):  # noqa: N818 - errors are named as facts
    """This message will never be taken: the recipient or the content was refused for good."""


class MailUnavailable(MailError):  # noqa: N818 - errors are named as facts
    """The server could not take it now, or refused us rather than the message: later it may."""


class MailGateway(Protocol):
    """Hands messages to a mail server."""

    async def send(self, email: OutgoingEmail, *, begin_within: float | None = None) -> None:
        """Return once the server has taken the message. Raises MailRejected, MailUnavailable.

        A message that is not on its way `begin_within` seconds is given up, and never was: MailUnavailable.
        One that is on its way is waited for, as nobody can know whether it will arrive.
        """
