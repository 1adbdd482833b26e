"""The parts of the local stack and how they find each other."""

import os
import signal
import sys
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from api.webhook_events import HANDED_OVER_TYPES
from local import readiness, temporal
from local.credentials import Credentials
from local.environment import process_environment
from local.home import Home
from local.mailbox.process import command as mailbox_command
from local.part import Part
from local.ports import HOST, Ports
from local.postgres import APPLICATION, OWNER, EmbeddedPostgres
from local.readiness import TemporalProbe
from local.stripe_sandbox.process import command as stripe_command

NAMESPACE = "default"
TASK_QUEUE = "orders"
# Addresses and secrets of another deployment that might be in the user's environment.
_NOT_PASSED_ON = (
    "ORION_PORT",
    "ORION_DATABASE_OWNER_URL",
    "ORION_TEMPORAL_API_KEY",
    "ORION_SMTP_USERNAME",
    "ORION_SMTP_PASSWORD",
)


@dataclass(frozen=True)
class Stack:
    """One local stack: its home, ports and credentials, and what follows from them."""

    home: Home
    ports: Ports
    credentials: Credentials
    postgres: EmbeddedPostgres = field(init=False)
    probe: TemporalProbe = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "postgres", EmbeddedPostgres(self.home, self.credentials))
        probe = TemporalProbe(self.temporal_address, NAMESPACE, TASK_QUEUE)
        object.__setattr__(self, "probe", probe)

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.ports.api}"

    @property
    def stripe_url(self) -> str:
        return f"http://{HOST}:{self.ports.stripe}"

    @property
    def mail_url(self) -> str:
        return f"http://{HOST}:{self.ports.mail}"

    @property
    def temporal_address(self) -> str:
        return f"{HOST}:{self.ports.temporal}"

    @property
    def temporal_ui_url(self) -> str:
        return f"http://{HOST}:{self.ports.temporal_ui}"

    def environment(self) -> dict[str, str]:
        """The variables of a process of the stack: ours win over the user's, others are passed on."""
        inherited = process_environment()
        keep = {name: value for name, value in inherited.items() if not name.startswith(_NOT_PASSED_ON)}
        keep.setdefault("ORION_WORKER_GRACE", "5")
        return keep | {
            "ORION_ENVIRONMENT": "development",
            "ORION_DATABASE_URL": self.postgres.url(APPLICATION),
            "ORION_TEMPORAL_ADDRESS": self.temporal_address,
            "ORION_TEMPORAL_NAMESPACE": NAMESPACE,
            "ORION_TEMPORAL_TLS": "false",
            "ORION_TASK_QUEUE": TASK_QUEUE,
            "ORION_TEMPORAL_UI_URL": self.temporal_ui_url,
            "ORION_STRIPE_SECRET_KEY": self.credentials.stripe_secret_key,
            "ORION_STRIPE_PUBLISHABLE_KEY": self.credentials.stripe_publishable_key,
            "ORION_STRIPE_WEBHOOK_SECRET": self.credentials.stripe_webhook_secret,
            "ORION_STRIPE_API_URL": self.stripe_url,
            "ORION_STRIPE_JS_URL": f"{self.stripe_url}/v3/",
            "ORION_SMTP_HOST": HOST,
            "ORION_SMTP_PORT": str(self.ports.smtp),
            "ORION_SMTP_STARTTLS": "false",
            "ORION_JWT_SECRET": self.credentials.jwt_secret,
            "ORION_LINK_SECRET": self.credentials.link_secret,
            "ORION_PUBLIC_URL": self.api_url,
            "ORION_API_HOST": HOST,
            "ORION_API_PORT": str(self.ports.api),
            "ORION_WORKER_METRICS_ADDRESS": f"{HOST}:{self.ports.worker_metrics}",
        }

    def parts(self) -> list[Part]:
        """Every part, each after the ones it needs."""
        return [
            self._postgres(),
            self._temporal(),
            self._stripe(),
            self._mail(),
            self._migrate(),
            self._seed(),
            self._worker(),
            self._api(),
        ]

    def _migrate(self) -> Part:
        owner = {"ORION_DATABASE_OWNER_URL": self.postgres.url(OWNER)}
        return replace(
            self._process("migrate", "Migrations", _module("db.migrate")),
            after=("postgres",),
            one_shot=True,
            environment=self.environment() | owner,
        )

    def _seed(self) -> Part:
        part = self._process("seed", "Demo shops", _module("local.seed"))
        return replace(part, after=("migrate",), one_shot=True)

    def _worker(self) -> Part:
        return replace(
            self._process("worker", "Worker", _module("worker")),
            after=("migrate", "temporal", "stripe", "mail"),
            ready=self.probe.is_polled_by,
            stop_patience=15.0,
        )

    def _api(self) -> Part:
        return replace(
            self._process("api", "API", _module("api")),
            after=("migrate", "temporal"),
            ready=readiness.http(f"{self.api_url}/readyz"),
            stop_patience=25.0,
        )

    def _postgres(self) -> Part:
        cluster = self.postgres
        return Part(
            name="postgres",
            title="PostgreSQL",
            command=cluster.command(),
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            directory=Path("/"),
            prepare=cluster.prepare,
            ready=readiness.postgres(cluster.superuser_url),
            finish=cluster.finish,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown; SIGTERM would wait for its clients
            stop_patience=15.0,
            account=cluster.account,
        )

    def _temporal(self) -> Part:
        return Part(
            name="temporal",
            title="Temporal",
            command=temporal.command(
                port=self.ports.temporal,
                ui_port=self.ports.temporal_ui,
                database=self.home.data("temporal") / "temporal.sqlite3",
            ),
            # Collecting its garbage less often, for some memory, saves a tenth of its processor time.
            environment={"GOGC": "400"} | os.environ,
            directory=self.home.path,
            ready=self.probe.serves,
            finish=partial(temporal.keep_closed_orders, self.probe, NAMESPACE),
        )

    def _stripe(self) -> Part:
        part = self._process(
            "stripe",
            "Stripe sandbox",
            stripe_command(
                host=HOST,
                port=self.ports.stripe,
                database=self.home.data("stripe") / "stripe.sqlite3",
                secret_key=self.credentials.stripe_secret_key,
                publishable_key=self.credentials.stripe_publishable_key,
                webhook_secret=self.credentials.stripe_webhook_secret,
                webhook_url=f"{self.api_url}/webhooks/stripe",
                webhook_events=HANDED_OVER_TYPES,
            ),
        )
        return replace(part, ready=readiness.http(f"{self.stripe_url}/_sandbox/health"))

    def _mail(self) -> Part:
        part = self._process(
            "mail",
            "Mailbox",
            mailbox_command(
                host=HOST,
                smtp_port=self.ports.smtp,
                http_port=self.ports.mail,
                database=self.home.data("mail") / "mail.sqlite3",
            ),
        )
        return replace(part, ready=readiness.http(f"{self.mail_url}/healthz"))

    def _process(self, name: str, title: str, command: list[str]) -> Part:
        """A process of ours; it works in the home, as an `.env` elsewhere may be for another deployment."""
        return Part(
            name=name,
            title=title,
            command=command,
            directory=self.home.path,
            environment=self.environment(),
        )

    def document(self, pids: dict[str, int], demo: dict[str, Any]) -> dict[str, Any]:
        """What `stack.json` says, as the contract names it."""
        return {
            "api_url": self.api_url,
            "temporal_address": self.temporal_address,
            "temporal_namespace": NAMESPACE,
            "temporal_ui_url": self.temporal_ui_url,
            "task_queue": TASK_QUEUE,
            "database_url": self.postgres.url(APPLICATION),
            "stripe_url": self.stripe_url,
            "stripe_secret_key": self.credentials.stripe_secret_key,
            "stripe_webhook_secret": self.credentials.stripe_webhook_secret,
            "mail_url": self.mail_url,
            "pids": pids,
            "demo": demo,
        }


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]
