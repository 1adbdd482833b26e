"""Run the mailbox: `python -m local.mailbox --host H --smtp-port N --http-port M --database FILE`."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from local.mailbox.smtp import listen
from local.mailbox.store import MessageStore
from local.mailbox.web import create_app


def main() -> None:
    """Receive mail and serve the page until SIGINT or SIGTERM."""
    arguments = _arguments()
    store = MessageStore(arguments.database)

    @asynccontextmanager
    async def receiving(app: FastAPI) -> AsyncIterator[None]:
        del app
        server = await listen(store, host=arguments.host, port=arguments.smtp_port)
        yield
        server.close()
        store.close()

    app = create_app(store, smtp_address=f"{arguments.host}:{arguments.smtp_port}", lifespan=receiving)
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.http_port,
        log_level="warning",
        loop="uvloop",
        timeout_graceful_shutdown=3,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.mailbox", description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
