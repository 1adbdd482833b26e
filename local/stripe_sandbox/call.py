"""One API call in progress: who asks for what, and the state it acts on."""

import time
from dataclasses import dataclass, field
from typing import Any

from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.errors import resource_missing
from local.stripe_sandbox.events import emit
from local.stripe_sandbox.faults import Faults
from local.stripe_sandbox.store import JSON, Store


@dataclass(slots=True)
class Call:
    """What an endpoint works with; a job that runs later uses one without request id and parameters."""

    store: Store
    configuration: Configuration
    faults: Faults
    request_id: str | None = None
    idempotency_key: str | None = None
    publishable: bool = False
    params: dict[str, Any] = field(default_factory=dict)
    now: int = field(default_factory=lambda: int(time.time()))

    def load(self, kind: str, identifier: str, *, param: str | None = None) -> JSON:
        """The object of this kind.

        Raises `StripeError` `resource_missing`: 404 for an id of the path, 400 for one given as `param`.
        """
        body = self.store.get(identifier)
        if body is None or body["object"] != kind:
            noun = {"payment_method": "PaymentMethod"}.get(kind, kind)
            raise resource_missing(noun, identifier, param=param or "id", in_path=param is None)
        return body

    def emit(self, kind: str, subject: JSON, previous: JSON | None = None) -> None:
        """Record an event about `subject` and queue its webhook; `previous` holds what changed."""
        emit(
            self.store,
            self.faults,
            url=self.configuration.webhook_for(kind),
            kind=kind,
            subject=subject,
            previous=previous,
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
        )

    def later(self, job: str, identifier: str, *, times: int = 1) -> None:
        """Do something with an object after so many settlement delays."""
        self.store.schedule(job, identifier, self.configuration.settlement_delay * times)
