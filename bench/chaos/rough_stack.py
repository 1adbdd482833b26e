"""A private stack whose processes may be killed, frozen and restarted, and whose wires may be cut."""

import asyncio
from dataclasses import replace
from random import Random

from sqlalchemy import make_url

from bench.chaos.wire import Address, Wire
from bench.private_stack import PrivateStack
from local.part import Backoff, Part, Report, State
from local.ports import HOST, Ports, choose_ports
from local.postgres import APPLICATION
from local.readiness import http
from local.stack import Stack
from local.terminal import Terminal

API, WORKER = ("api", "api-2"), ("worker", "worker-2")
MORTAL = (*WORKER, *API, "postgres", "temporal", "stripe", "mail")
_SOCKET = ".s.PGSQL.5432"
_POLL_FIRST = 2.0
# Orders have to come through deaths that follow each other closely; the supervisor's own patience would make
# most of a run one long outage.
_BACKOFF = Backoff(first=0.5, longest=3.0)
_WEBHOOK_RETRY_BASE = "0.2"


class RoughStack(PrivateStack):
    """Two APIs and two workers, each part reached through a wire, and started again by the supervisor.

    `behind` is the address book of clients of the wires; `stack` is the true one.
    """

    def __init__(self, terminal: Terminal, *, seed: int) -> None:
        super().__init__(terminal, poll_first=_POLL_FIRST, beside_bare=False, backoff=_BACKOFF)
        self._seed = seed
        self._ready: dict[str, asyncio.Event] = {name: asyncio.Event() for name in MORTAL}
        self.wires: dict[str, Wire] = {}

    @property
    def api_url(self) -> str:
        """Where clients find the API."""
        return f"http://{HOST}:{self._outer.api}"

    @property
    def stripe_url(self) -> str:
        """Where Orion and browsers find Stripe."""
        return f"http://{HOST}:{self._outer.stripe}"

    def api_server(self, name: str) -> tuple[str, int]:
        """Where a process of the API listens itself."""
        return HOST, {"api": self.stack.ports.api, "api-2": self._second.api}[name]

    async def ready(self, name: str) -> None:
        """Return once a part serves."""
        await self._ready[name].wait()

    def serves(self, name: str) -> bool:
        """Whether a part serves as far as we know."""
        return self._ready[name].is_set()

    def forget(self, name: str) -> None:
        """A part was told to end: what is known of it counts no more until it is ready again."""
        self._ready[name].clear()

    def hear(self, news: Report) -> None:
        """See PrivateStack."""
        if news.part in self._ready:
            if news.state is State.READY:
                self._ready[news.part].set()
            elif news.state is not State.STARTING:
                self._ready[news.part].clear()
        super().hear(news)

    async def open(self) -> None:
        """See PrivateStack."""
        for wire in self.wires.values():
            await wire.open()

    async def close(self) -> None:
        """See PrivateStack."""
        for wire in self.wires.values():
            await wire.close()

    def parts(self) -> list[Part]:
        """See PrivateStack."""
        taken = _numbers(self.stack.ports)
        self._outer = _other_ports(taken)
        self._second = _other_ports(taken | _numbers(self._outer))
        self._string_wires()
        parts = {part.name: part for part in super().parts()}
        inner = self.stack
        ours = self._environment()
        for name in ("worker", "api"):
            parts[name] = replace(parts[name], environment=dict(parts[name].environment) | ours)
        stripe = parts["stripe"]
        command = [word.replace(inner.api_url, self.api_url) for word in stripe.command]
        base = command.index("--webhook-retry-base") + 1
        command[base] = _WEBHOOK_RETRY_BASE
        parts["stripe"] = replace(stripe, command=command)
        return [*parts.values(), self._twin_worker(parts["worker"]), self._twin_api(parts["api"])]

    def _environment(self) -> dict[str, str]:
        """Every address that leads over a wire."""
        outer = Stack(self._home, self._outer, self.stack.credentials).environment()
        kept = ("TEMPORAL_ADDRESS", "STRIPE_API_URL", "STRIPE_JS_URL", "SMTP_PORT", "PUBLIC_URL")
        url = make_url(self.stack.postgres.url(APPLICATION)).set(query={"host": str(self._sockets)})
        return {f"ORION_{name}": outer[f"ORION_{name}"] for name in kept} | {
            "ORION_DATABASE_URL": url.render_as_string(hide_password=False)
        }

    def _string_wires(self) -> None:
        inner, outer = self.stack.ports, self._outer
        self._sockets = self._home.path / "wire"
        self._sockets.mkdir()
        database = self.stack.postgres.socket_directory / _SOCKET
        strung: dict[str, tuple[Address, list[Address]]] = {
            "api": ((HOST, outer.api), [self.api_server(name) for name in API]),
            "postgres": (self._sockets / _SOCKET, [database]),
            "temporal": ((HOST, outer.temporal), [(HOST, inner.temporal)]),
            "stripe": ((HOST, outer.stripe), [(HOST, inner.stripe)]),
            "mail": ((HOST, outer.smtp), [(HOST, inner.smtp)]),
        }
        self.wires = {
            name: Wire(name, listen, servers, dice=Random(f"{self._seed}:{name}"))
            for name, (listen, servers) in strung.items()
        }

    def _twin_worker(self, first: Part) -> Part:
        metrics = {"ORION_WORKER_METRICS_ADDRESS": f"{HOST}:{self._second.worker_metrics}"}
        environment = dict(first.environment) | metrics
        return replace(first, name="worker-2", title="Second worker", environment=environment)

    def _twin_api(self, first: Part) -> Part:
        environment = dict(first.environment) | {"ORION_API_PORT": str(self._second.api)}
        ready = http(f"http://{HOST}:{self._second.api}/readyz")
        return replace(first, name="api-2", title="Second API", environment=environment, ready=ready)


def _numbers(ports: Ports) -> set[int]:
    return set(ports.model_dump().values())


def _other_ports(taken: set[int]) -> Ports:
    """Free ports that nobody of this run was given."""
    while taken & _numbers(ports := choose_ports()):
        pass
    return ports
