"""Start the sandbox: `python -m local.stripe_sandbox --port 12111 --database stripe.sqlite3 …`."""

import argparse
from pathlib import Path

import uvicorn

from local.stripe_sandbox.app import create_app
from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.connection import AbortableProtocol


def _configuration(arguments: list[str] | None = None) -> Configuration:
    parser = argparse.ArgumentParser(prog="python -m local.stripe_sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--database", type=Path, required=True, help="SQLite file, made when missing")
    parser.add_argument("--secret-key", required=True, help="sk_test_…")
    parser.add_argument("--publishable-key", required=True, help="pk_test_…")
    parser.add_argument("--webhook-secret", required=True, help="whsec_…")
    parser.add_argument("--webhook-url", help="where events are posted; none: they are only stored")
    parser.add_argument(
        "--webhook-events",
        type=lambda types: frozenset(types.split(",")),
        metavar="TYPE,…",
        help="the types of events that are posted; without it all",
    )
    parser.add_argument(
        "--webhook-retry-base",
        type=float,
        default=300.0,
        help="seconds before the first retry; the rest of Stripe's schedule scales with it (%(default)s)",
    )
    parser.add_argument(
        "--settlement-delay",
        type=float,
        default=1.0,
        help="seconds until what banks do later happens (%(default)s)",
    )
    parser.add_argument(
        "--authorization-window",
        type=float,
        default=7 * 86_400,
        help="seconds until an authorised amount that nobody captured is let go (%(default)s)",
    )
    parser.add_argument(
        "--dispute-window",
        type=float,
        default=9 * 86_400,
        help="seconds in which a dispute can be answered (%(default)s)",
    )
    parser.add_argument("--seed", type=int, help="makes faults with a probability repeatable")
    return Configuration(**vars(parser.parse_args(arguments)))


def main() -> None:
    """Serve until interrupted."""
    configuration = _configuration()
    uvicorn.run(
        create_app(configuration),
        host=configuration.host,
        port=configuration.port,
        http=AbortableProtocol,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
