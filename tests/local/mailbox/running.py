"""A mailbox process and its clients."""

import signal
import subprocess
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import httpx

from local.mailbox.process import command
from tests.fixtures.ports import NO_TLS, free_port

_HOST = "127.0.0.1"
_START_SECONDS = 20


@dataclass
class Mailbox:
    """A mailbox process with its addresses."""

    database: Path
    smtp_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.http_port}"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        arguments = command(
            host=_HOST, smtp_port=self.smtp_port, http_port=self.http_port, database=self.database
        )
        self.process = subprocess.Popen(arguments)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the mailbox ended while starting"
            try:
                httpx.get(f"{self.url}/healthz", timeout=1, verify=NO_TLS).raise_for_status()
            except httpx.TransportError:
                self._wait_a_little()
            else:
                return
        raise TimeoutError("the mailbox did not start")

    def _wait_a_little(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            return

    def end(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=10)

    def smtp(self) -> aiosmtplib.SMTP:
        """Return a client, not connected yet."""
        return aiosmtplib.SMTP(hostname=_HOST, port=self.smtp_port, start_tls=False)

    async def send(self, message: EmailMessage) -> None:
        """Send over SMTP and fail unless every recipient was accepted."""
        async with self.smtp() as client:
            refused, _ = await client.send_message(message)
        assert refused == {}

    async def get(self, path: str, *, tag: str | None = None, **query: str) -> httpx.Response:
        """Fetch a page or JSON."""
        async with httpx.AsyncClient(base_url=self.url, verify=NO_TLS) as client:
            headers = {"If-None-Match": tag} if tag else None
            return await client.get(path, params=query or None, headers=headers)

    async def delete_messages(self) -> httpx.Response:
        """Empty the mailbox over HTTP."""
        async with httpx.AsyncClient(base_url=self.url, verify=NO_TLS) as client:
            return await client.delete("/api/messages")

    async def messages(self, **query: str) -> list[dict[str, Any]]:
        """Return what the JSON route lists."""
        response = await self.get("/api/messages", **query)
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()
        return found
