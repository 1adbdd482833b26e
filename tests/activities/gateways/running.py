"""A Stripe sandbox process, and what a shopper's browser does with it."""

import socket
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from local.stripe_sandbox.process import command

SECRET_KEY = "sk_test_contract"
_HOST = "127.0.0.1"
_START_SECONDS = 20
_TLS = ssl.create_default_context()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Sandbox:
    """A running sandbox with its address; later things happen a tenth of a second later."""

    database: Path
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}"

    def start(self) -> None:
        """Start the process and wait until it answers."""
        arguments = command(
            port=self.port,
            database=self.database,
            secret_key=SECRET_KEY,
            publishable_key="pk_test_contract",
            webhook_secret="whsec_contract",
            settlement_delay=0.1,
        )
        self.process = subprocess.Popen(arguments)
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the sandbox ended while starting"
            try:
                httpx.get(f"{self.url}/_sandbox/health", timeout=1, verify=_TLS).raise_for_status()
            except httpx.TransportError:
                self._wait_a_little()
            else:
                return
        raise TimeoutError("the sandbox did not start")

    def _wait_a_little(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            return

    def stop(self) -> None:
        """End the process."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=10)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str | int] | None = None,
        data: dict[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """Send a request with the secret key."""
        async with httpx.AsyncClient(base_url=self.url, verify=_TLS, auth=(SECRET_KEY, "")) as client:
            return await client.request(method, path, params=params, data=data, json=json)

    async def confirm(self, payment_intent: str, payment_method: str = "pm_card_visa") -> httpx.Response:
        """Pay, as the shopper does."""
        return await self.call(
            "POST",
            f"/v1/payment_intents/{payment_intent}/confirm",
            data={"payment_method": payment_method, "return_url": "https://shop.example/back"},
        )

    async def fault(self, **specification: str | float) -> None:
        """Arm a fault of the API."""
        (await self.call("POST", "/_sandbox/faults", json=specification)).raise_for_status()

    async def clear_faults(self) -> None:
        (await self.call("DELETE", "/_sandbox/faults")).raise_for_status()

    async def listed(self, path: str, **query: str) -> list[dict[str, Any]]:
        """The newest objects of a kind."""
        response = await self.call("GET", path, params={"limit": 100, **query})
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()["data"]
        return found
