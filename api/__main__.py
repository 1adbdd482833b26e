"""`python -m api`: serves the API until it is told to stop."""

import gc
import os
import signal
import socket
import sys

import uvicorn

import logs
from api.app import create_app
from api.live.hub import Hub
from settings import Settings

GRACE_SECONDS = 20
# A connection that rests is ended by the client or the balancer in front, and not by us in the very moment in
# which it is used again: that order would fail, and nobody may repeat it unasked. Balancers keep them for 60.
KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """Ends streams before it waits for requests: by themselves they would use up all of the grace."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, with no stream left open."""
        self._hub.end_streams()
        await super().shutdown(sockets)


def _spare_what_stays() -> None:
    """Keep the collector from walking, in the midst of requests, through all that was made at the start.

    A walk through the routes, models and statements takes 60 to 80 ms, and a list of 50 orders makes enough
    objects for one in ten requests to wait for it. https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def main() -> int:
    """Serve until SIGTERM or SIGINT; streams then end, and requests get 20 seconds. Returns the exit code."""
    settings = Settings()
    logs.configure("api", settings.log_level)
    app = create_app(settings)
    _spare_what_stays()
    server = Server(
        uvicorn.Config(
            app,
            host=settings.api_host,
            port=settings.api_port,
            loop="uvloop",
            http="httptools",
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            server_header=False,
            access_log=False,
            log_config=None,
        ),
        app.state.context.hub,
    )
    # Once it has shut down, uvicorn raises the signal again for whoever started it; there is nobody.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    try:
        server.run()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    return 0 if server.started else 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Temporal's runtime threads may abort an interpreter that ends in the ordinary way.
    os._exit(code)
