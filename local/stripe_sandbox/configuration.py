"""What one sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """Keys, addresses and delays of one sandbox; all times in seconds.

    `webhook_retry_base` is the wait before the second delivery attempt; it doubles from there.
    `settlement_delay` is how long everything Stripe does later takes: a refund that fails or turns
    from pending to succeeded, a dispute, the balance transaction of an asynchronous capture.
    """

    database: Path
    secret_key: str
    publishable_key: str
    webhook_secret: str
    webhook_url: str | None = None
    webhook_retry_base: float = 1.0
    settlement_delay: float = 1.0
    host: str = "127.0.0.1"
    port: int = 12111

    @property
    def address(self) -> str:
        """The base address clients reach this sandbox at."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 -- compared, not bound
        return f"http://{host}:{self.port}"
