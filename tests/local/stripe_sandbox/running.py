"""A sandbox process on a free port, the official client for it, and a receiver of its webhooks."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import stripe

from local.stripe_sandbox.process import command
from tests.fixtures.ports import NO_TLS, free_port

SECRET_KEY = "sk_test_sandbox0000000000001234"
PUBLISHABLE_KEY = "pk_test_sandbox0000000000001234"
WEBHOOK_SECRET = "whsec_sandbox"
RETRY_BASE = 0.02
SETTLEMENT_DELAY = 0.05
ROOT = Path(__file__).parents[3]


@dataclass
class Receiver:
    """A shop's webhook endpoint: keeps what arrives and answers with `status`."""

    port: int = 0
    status: int = 200
    received: list[tuple[str, bytes]] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/stripe"

    @property
    def events(self) -> list[stripe.Event]:
        """Every delivery, its signature checked by the official library."""
        return [
            stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
            for signature, body in self.received
        ]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers["content-length"]))
            signature = head[head.lower().index("stripe-signature: ") + 18 :].split("\r\n")[0]
            self.received.append((signature, body))
            answer = f"HTTP/1.1 {self.status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(answer.encode())
            await writer.drain()
        finally:
            writer.close()


@dataclass
class Sandbox:
    """A running sandbox process."""

    arguments: list[str]
    url: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.arguments, cwd=ROOT)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                answer = httpx.get(f"{self.url}/_sandbox/health", trust_env=False, verify=NO_TLS)
                if answer.status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError("The sandbox did not become ready")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(timeout=10) is not None


def make_sandbox(
    directory: Path,
    webhook_url: str,
    *,
    webhook_events: Sequence[str] | None = None,
    authorization_window: float = 7 * 86_400,
    dispute_window: float = 9 * 86_400,
    seed: int | None = None,
) -> Sandbox:
    port = free_port()
    arguments = command(
        port=port,
        database=directory / "stripe.sqlite3",
        secret_key=SECRET_KEY,
        publishable_key=PUBLISHABLE_KEY,
        webhook_secret=WEBHOOK_SECRET,
        webhook_url=webhook_url,
        webhook_events=webhook_events,
        webhook_retry_base=RETRY_BASE,
        settlement_delay=SETTLEMENT_DELAY,
        authorization_window=authorization_window,
        dispute_window=dispute_window,
        seed=seed,
    )
    return Sandbox(arguments, f"http://127.0.0.1:{port}")


def make_client(url: str, transport: stripe.HTTPClient) -> stripe.StripeClient:
    return stripe.StripeClient(
        SECRET_KEY, base_addresses={"api": url}, http_client=transport, max_network_retries=0
    )


async def expect_events(receiver: Receiver, *types: str) -> None:
    """Exactly these events arrive, in any order."""
    await eventually(lambda: Counter(receiver.types) >= Counter(types))
    assert sorted(receiver.types) == sorted(types)


async def eventually(condition: Callable[[], Awaitable[object] | object], seconds: float = 10) -> None:
    """Wait until the condition holds; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return
        assert time.monotonic() < deadline, "The condition never held"
        await asyncio.sleep(0.01)
