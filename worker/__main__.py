"""`python -m worker`: runs workflows and activities until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
from contextlib import suppress

import structlog
import uvloop
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError

import logs
from activities.gateways.smtp import SmtpMail
from activities.gateways.stripe_payments import StripePayments
from db.session import Database
from settings import Settings
from worker.composition import build_worker
from worker.connecting import connect
from worker.schedules import set_reconciliation_schedule
from worker.search_attributes import register_search_attributes
from workflows.outages import is_away

log = structlog.get_logger("worker")


async def connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client, however long Temporal takes to come up; None when told to stop before that."""
    pause = 0.5
    while not stop.is_set():
        try:
            client = await connect(settings)
            await register_search_attributes(client)
            await set_reconciliation_schedule(client, settings)
        except (RuntimeError, RPCError) as error:
            if not is_away(error):
                raise
            log.warning("waiting for Temporal", address=settings.temporal_address, error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(pause * 2, 10.0)
        else:
            return client
    return None


async def run(settings: Settings) -> None:
    """Poll for work until SIGTERM or SIGINT, then let running activities finish."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if settings.worker_metrics_address:
        metrics = PrometheusConfig(bind_address=settings.worker_metrics_address, durations_as_seconds=True)
        Runtime.set_default(Runtime(telemetry=TelemetryConfig(metrics=metrics)), error_if_already_set=False)
    client = await connected(settings, stop)
    if client is None:
        return
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, timeout=settings.database_timeout
    )
    payments = StripePayments(
        settings.stripe_secret_key.get_secret_value(), settings.stripe_api_url, settings.stripe_timeout
    )
    mail = SmtpMail(
        settings.smtp_host,
        settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        starttls=settings.smtp_starttls,
        mail_from=settings.mail_from,
    )
    try:
        async with build_worker(client, settings, database=database, payments=payments, mail=mail):
            log.info("worker is ready", task_queue=settings.task_queue)
            await stop.wait()
            log.info("worker is stopping")
    finally:
        await mail.close()
        await payments.close()
        await database.close()


def _spare_what_stays() -> None:
    """Keep the collector from walking time and again through all that was made at the start, and less often
    through the thousand workflows that are in memory.

    Not much less: those that were put out of memory are freed by a walk through everything only.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 10)


def main() -> None:
    """Exit through `os._exit`: the SDK's threads may abort an interpreter that is shutting down."""
    settings = Settings()
    logs.configure("worker", settings.log_level)
    _spare_what_stays()
    code = 0
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(settings))
    except Exception:
        log.exception("worker failed")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
