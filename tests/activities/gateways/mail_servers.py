"""A mail server in this process that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fixtures.ports import free_port


@dataclass
class MoodyServer:
    """What the server answers to each command, and what it took."""

    port: int = field(default_factory=free_port)
    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"
    taken: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's hook names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's hook names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        return self.data


@asynccontextmanager
async def moody_server(*, smtputf8: bool = False) -> AsyncIterator[MoodyServer]:
    """Listens while the context lasts."""
    mood = MoodyServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mood, enable_SMTPUTF8=smtputf8, hostname="mail.test", loop=loop),
        host="127.0.0.1",
        port=mood.port,
    )
    try:
        yield mood
    finally:
        server.close()
        await server.wait_closed()
