"""Any SMTP server as the mail server."""

import asyncio
import re
import ssl
from contextlib import AsyncExitStack, suppress
from email.headerregistry import Address

import aiosmtplib
from aiosmtplib import SMTP

from activities.gateways.mail import MailRejected, MailUnavailable, OutgoingEmail
from activities.gateways.mime import address, as_mime
from activities.gateways.smtp_connections import SmtpConnections, ended_on_failure

_IMPLICIT_TLS = 465  # RFC 8314, section 7.3
_AUTHENTICATION_CODES = frozenset({530, 534, 535, 538})  # RFC 4954, section 6
# RFC 3463: 5.7.x is about who may send, which is ours to settle and no fault of the recipient's.
_POLICY = re.compile(r"5\.7\.\d")


class SmtpMail:
    """The MailGateway over SMTP; `timeout` is seconds for each step.

    `starttls` requires an encrypted connection and a valid certificate; port 465 is encrypted from the start.
    Up to `connections` are open at a time, each until no message has used it for `idle` seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        starttls: bool,
        mail_from: str,
        timeout: float = 20.0,
        *,
        connections: int = 4,
        idle: float = 5.0,
    ) -> None:
        self._host = host
        self._port = port
        self._username = username
        self._password = password
        self._implicit_tls = port == _IMPLICIT_TLS
        self._starttls = starttls and not self._implicit_tls
        self._sender = address(mail_from)
        self._timeout = timeout
        self._tls = ssl.create_default_context() if starttls or self._implicit_tls else None
        self._own_name: str | None = None
        self._connections = SmtpConnections(self._client, limit=connections, idle=idle, patience=timeout)

    async def send(self, email: OutgoingEmail, *, begin_within: float | None = None) -> None:
        """See MailGateway."""
        recipient = address(email.to)
        utf8 = not (recipient.addr_spec.isascii() and self._sender.addr_spec.isascii())
        message = as_mime(email, self._sender, recipient, utf8=utf8)
        try:
            async with AsyncExitStack() as using:
                async with asyncio.timeout(begin_within):
                    await using.enter_async_context(self._connections.slot())
                    client = await self._address(recipient, len(message), utf8=utf8)
                async with ended_on_failure(client):
                    await client.data(message)
                await self._connections.keep(client)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _as_mail_error(error) from None

    async def close(self) -> None:
        """End all connections, once the messages under way are through."""
        await self._connections.close()

    async def _address(self, recipient: Address, size: int, *, utf8: bool) -> SMTP:
        """A connection whose server waits for the message; it is used again only if nothing goes wrong."""
        client = await self._begin(size, utf8=utf8)
        async with ended_on_failure(client):
            await client.rcpt(recipient.addr_spec, encoding="utf-8")
        return client

    async def _begin(self, size: int, *, utf8: bool) -> SMTP:
        """A connection whose server waits for the recipient.

        It may have left a resting one, or take no more messages over it. No more of this message than the
        sender was named then, so it can begin again on a new connection without ever going out twice.
        """
        resting = self._connections.resting()
        if resting is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._announce(resting, size, utf8=utf8)
                return resting
        client = await self._connections.open()
        self._own_name = client.local_hostname
        await self._announce(client, size, utf8=utf8)
        return client

    async def _announce(self, client: SMTP, size: int, *, utf8: bool) -> None:
        async with ended_on_failure(client):
            options = [f"SIZE={size}"] if client.supports_extension("size") else []
            if utf8:
                if not client.supports_extension("smtputf8"):
                    raise aiosmtplib.SMTPNotSupported("SMTPUTF8 is not supported by this server")
                options += ["BODY=8BITMIME", "SMTPUTF8"]
            await client.mail(self._sender.addr_spec, options=options, encoding="utf-8")

    def _client(self) -> SMTP:
        """A connection to be. The first looks our own name up in the DNS, the others know it."""
        return SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._implicit_tls,
            start_tls=self._starttls,
            tls_context=self._tls,
            local_hostname=self._own_name,
            timeout=self._timeout,
        )


def _as_mail_error(error: Exception) -> MailRejected | MailUnavailable:
    """Servers quote addresses in their replies, so only the code is kept."""
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        if _is_final(error) and not _POLICY.match(error.message):
            return MailRejected(f"The mail server refused the recipient ({error.code}).", error.code)
        return MailUnavailable(f"The mail server put the recipient off ({error.code}).", error.code)
    if isinstance(error, aiosmtplib.SMTPDataError) and _is_final(error):
        return MailRejected(f"The mail server refused the content ({error.code}).", error.code)
    if isinstance(error, aiosmtplib.SMTPNotSupported) and "SMTPUTF8" in error.message:
        return MailRejected("The mail server cannot write to an address outside ASCII.")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return MailUnavailable(f"The mail server answered {error.code}.", error.code)
    return MailUnavailable(f"The mail server could not be used ({type(error).__name__}).")


def _is_final(reply: aiosmtplib.SMTPResponseException) -> bool:
    return 500 <= reply.code < 600 and reply.code not in _AUTHENTICATION_CODES
