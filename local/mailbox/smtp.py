"""The SMTP side of the mailbox."""

import asyncio
import logging
import re
import sqlite3
from asyncio import Server

from aiosmtpd.smtp import SMTP, Envelope, Session

from local.mailbox.parsing import parse
from local.mailbox.store import MessageStore

SIZE_LIMIT = 10 * 1024 * 1024  # bytes of one message
RECIPIENT_LIMIT = 100  # what RFC 5321 section 4.5.3.1.8 asks for at least

_log = logging.getLogger(__name__)
# A dot-atom at a domain of names, as nearly all are (RFC 5321, section 4.1.2), and what follows it.
_ORDINARY = re.compile(r"\s*<((?:[\w!#$%&'*+/=?^`{|}~-]+\.)*[\w!#$%&'*+/=?^`{|}~-]+@[\w.-]+)>(.*)", re.ASCII)


class MailboxServer(SMTP):
    """Reads ordinary addresses at once: the library makes a class for each, a quarter of a message's time."""

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        ordinary = _ORDINARY.fullmatch(arg)
        if ordinary is None:
            address: tuple[str | None, str | None] = super()._getaddr(arg)
            return address
        return ordinary[1], ordinary[2].lstrip()


class Delivery:
    """Answers 250 to a message only once it is written, so that it outlives the process."""

    def __init__(self, store: MessageStore) -> None:
        """Deliver into `store`."""
        self._store = store

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's hook names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, up to the limit."""
        del server, session
        if len(envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the message for every recipient; 451 asks the sender to try again later."""
        del server, session
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.to_thread(self._deliver, envelope.rcpt_tos, raw)
        except sqlite3.Error:
            _log.exception("The message could not be stored")
            return "451 4.3.0 Could not store the message"
        return "250 OK"

    def _deliver(self, recipients: list[str], raw: bytes) -> None:
        self._store.deliver(recipients, parse(raw), raw)


async def listen(store: MessageStore, *, host: str, port: int) -> Server:
    """Start receiving mail on `host`:`port`; OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: MailboxServer(
            Delivery(store), data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname=host, loop=loop
        ),
        host=host,
        port=port,
    )
