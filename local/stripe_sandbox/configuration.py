"""What one sandbox is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """Keys, addresses and delays of one sandbox; all times in seconds.

    `webhook_events` are the types that `webhook_url` has asked for, None for all; the others are only stored
    (https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-enabled_events).
    `webhook_retry_base` is the wait before the second delivery attempt; the whole of Stripe's schedule scales
    with it (`webhooks.RETRY_SCHEDULE`).
    `settlement_delay` is how long everything banks do later takes: a debit, a refund that fails or turns from
    pending to succeeded, a dispute, the balance transaction of an asynchronous capture.
    `authorization_window` is how long an authorised amount can be captured, and `dispute_window` how long a
    dispute can be answered.
    `seed` decides which calls and events faults with a probability hit; None: another one each time.
    """

    database: Path
    secret_key: str
    publishable_key: str
    webhook_secret: str
    webhook_url: str | None = None
    webhook_events: frozenset[str] | None = None
    webhook_retry_base: float = 300.0
    settlement_delay: float = 1.0
    authorization_window: float = 7 * 86_400
    dispute_window: float = 9 * 86_400
    seed: int | None = None
    host: str = "127.0.0.1"
    port: int = 12111

    def webhook_for(self, kind: str) -> str | None:
        """Where an event of this type is posted, None for nowhere."""
        wanted = self.webhook_events is None or kind in self.webhook_events
        return self.webhook_url if wanted else None

    @property
    def address(self) -> str:
        """The base address clients reach this sandbox at."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 -- compared, not bound
        return f"http://{host}:{self.port}"
