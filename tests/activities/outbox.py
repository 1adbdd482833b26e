"""A MailGateway that keeps what it is given; it holds to the same contract as the real one."""

import asyncio
from typing import Any

from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail


class Outbox:
    """Takes every e-mail with a possible address; `failures` are raised first, one for each attempt.

    `slow` holds all up until it is set.
    `crashes` are raised after the e-mail was taken, as when the process dies before it can note that.
    """

    def __init__(self) -> None:
        self.sent: list[OutgoingEmail] = []
        self.failures: list[Exception] = []
        self.crashes: list[Exception] = []
        self.slow: asyncio.Event | None = None
        self._begun = 0

    async def send(self, email: OutgoingEmail, *, begin_within: float | None = None) -> None:
        """Keep the e-mail, once it is no longer to be slow."""
        if self.slow is not None:
            self._begun += 1
            try:
                async with asyncio.timeout(begin_within):
                    await self.slow.wait()
            except TimeoutError:
                raise MailUnavailable("The mail server could not be used (TimeoutError).") from None
        if self.failures:
            raise self.failures.pop(0)
        if email.to.count("@") != 1 or " " in email.to:
            raise MailRejected("An address is malformed.")
        self.sent.append(email)
        if self.crashes:
            raise self.crashes.pop(0)

    async def begun(self) -> int:
        """How many came to wait."""
        return self._begun

    async def messages(self) -> list[dict[str, Any]]:
        """What arrived, as the mailbox lists it."""
        return [
            {"to": one.to, "subject": one.subject, "text": one.text, "message_id": one.message_id}
            for one in self.sent
        ]
