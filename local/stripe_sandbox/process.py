"""How to start the sandbox as a process of its own."""

import sys
from collections.abc import Iterable
from pathlib import Path


def command(
    *,
    port: int,
    database: Path,
    secret_key: str,
    publishable_key: str,
    webhook_secret: str,
    webhook_url: str | None = None,
    webhook_events: Iterable[str] | None = None,
    host: str = "127.0.0.1",
    webhook_retry_base: float = 1.0,
    settlement_delay: float = 1.0,
    authorization_window: float = 7 * 86_400,
    dispute_window: float = 9 * 86_400,
    seed: int | None = None,
) -> list[str]:
    """The argument list for `subprocess`; `GET /_sandbox/health` answers 200 once it is ready.

    Webhook retries are compressed three hundred times here: the first comes after a second, not five minutes.
    The process must run with the project importable (its root as working directory, or installed).
    """
    arguments = {
        "--host": host,
        "--port": str(port),
        "--database": str(database),
        "--secret-key": secret_key,
        "--publishable-key": publishable_key,
        "--webhook-secret": webhook_secret,
        "--webhook-retry-base": str(webhook_retry_base),
        "--settlement-delay": str(settlement_delay),
        "--authorization-window": str(authorization_window),
        "--dispute-window": str(dispute_window),
    }
    if seed is not None:
        arguments["--seed"] = str(seed)
    if webhook_url is not None:
        arguments["--webhook-url"] = webhook_url
    if webhook_events is not None:
        arguments["--webhook-events"] = ",".join(sorted(webhook_events))
    flat = [part for pair in arguments.items() for part in pair]
    return [sys.executable, "-m", "local.stripe_sandbox", *flat]
