"""What the process counts and measures, for Prometheus; labels are bounded and never personal."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, FastAPI, Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from api.admission import Admission
from api.placement_outcomes import PlacementOutcomes
from domain.errors import DomainError

# Seconds; placing an order is meant to stay below 0.05.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of one application, in a registry of its own so that several can live in a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.duration = Histogram(
            "orion_http_request_duration_seconds",
            "Time from a request's first byte to its answer's last, or to a stream's beginning",
            ["method", "route", "status"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "orion_http_requests_in_flight", "Requests that are being answered", registry=self.registry
        )
        self.streams = Gauge("orion_live_streams", "Streams of events that are open", registry=self.registry)
        self.placements = Counter(
            "orion_placements",
            "Attempts to place an order, by the code of their outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.webhooks = Counter(
            "orion_webhook_events",
            "Stripe events received, by type and what became of them",
            ["type", "outcome"],
            registry=self.registry,
        )

    def watch_admission(self, admission: Admission) -> None:
        """Tell with every scrape how many orders may be placed at a time, and how many wait for a turn."""
        limit = Gauge("orion_placement_limit", "Orders placed at a time at most", registry=self.registry)
        waiting = Gauge("orion_placements_waiting", "Orders waiting for a turn", registry=self.registry)
        limit.set_function(lambda: admission.limit)
        waiting.set_function(lambda: admission.waiting)

    def watch_outcomes(self, outcomes: PlacementOutcomes) -> None:
        """Tell with every scrape whether the database's word on placements is heard."""
        heard = Gauge(
            "orion_placement_outcomes_heard",
            "1 while the database tells this process how placements end",
            registry=self.registry,
        )
        heard.set_function(lambda: outcomes.listening)

    def write(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)


def metrics_of(app: FastAPI) -> Metrics:
    """The application's metrics."""
    return cast("Metrics", app.state.metrics)


async def metrics(request: Request) -> Metrics:
    """The metrics of the application that answers this request; a dependency."""
    return metrics_of(request.app)


MetricsDep = Annotated[Metrics, Depends(metrics)]


async def count_placement(metrics: MetricsDep) -> AsyncIterator[None]:
    """Count an attempt to place an order: accepted, the code of its refusal, or error; a dependency."""
    try:
        yield
    except DomainError as refusal:
        metrics.placements.labels(refusal.code).inc()
        raise
    except Exception:
        metrics.placements.labels("error").inc()
        raise
    metrics.placements.labels("accepted").inc()
