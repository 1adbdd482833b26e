"""A mail server in this process that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from activities.gateways.smtp import SmtpMail
from tests.fixtures.ports import free_port


@dataclass
class MoodyServer:
    """What the server answers to each command, and what it took.

    `hangs_up_at` is the command at which it leaves without an answer: MAIL, RCPT, DATA, or TAKEN for just
    after it took a message. `holding` keeps RCPT waiting until it is set.
    """

    port: int = field(default_factory=free_port)
    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"
    taken: list[bytes] = field(default_factory=list)
    hangs_up_at: str | None = None
    holding: asyncio.Event | None = None
    connections: list["Connection"] = field(default_factory=list)

    @property
    def open(self) -> int:
        """How many connections there are at the moment."""
        return sum(not connection.lost for connection in self.connections)

    def hang_up(self) -> None:
        """Leave all who are connected."""
        for connection in self.connections:
            connection.cut()

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's hook names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.leave_at("MAIL", server)
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's hook names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.leave_at("RCPT", server)
        if self.holding is not None:
            await self.holding.wait()
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        self.leave_at("TAKEN", server)
        return self.data

    def leave_at(self, step: str, server: SMTP) -> None:
        """Hang up, once, if this is the command to do it at."""
        if self.hangs_up_at == step:
            self.hangs_up_at = None
            assert isinstance(server, Connection)
            server.cut()


class Connection(SMTP):
    """One client's connection, which remembers what it was told."""

    def __init__(self, mood: MoodyServer, *, smtputf8: bool) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(mood, enable_SMTPUTF8=smtputf8, hostname="mail.test", loop=loop)
        self._mood = mood
        self.lost = False
        self.took_leave = False
        mood.connections.append(self)

    def cut(self) -> None:
        """Leave without a word."""
        if self.transport is not None:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        self._mood.leave_at("DATA", self)
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 -- aiosmtpd's name
        self.took_leave = True
        await super().smtp_QUIT(arg)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        super().connection_lost(error)


@asynccontextmanager
async def moody_server(*, smtputf8: bool = False) -> AsyncIterator[MoodyServer]:
    """Listens while the context lasts."""
    mood = MoodyServer()

    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(mood, smtputf8=smtputf8), host="127.0.0.1", port=mood.port
    )
    try:
        yield mood
    finally:
        server.close()
        mood.hang_up()
        await server.wait_closed()


@asynccontextmanager
async def smtp_mail(
    port: int, *, starttls: bool = False, patience: float = 5.0, connections: int = 4, idle: float = 60.0
) -> AsyncIterator[SmtpMail]:
    """The gateway to a server on this machine, closed at the end."""
    mail = SmtpMail(
        "127.0.0.1",
        port,
        None,
        None,
        starttls,
        "orders@orion.example",
        patience,
        connections=connections,
        idle=idle,
    )
    try:
        yield mail
    finally:
        await mail.close()
