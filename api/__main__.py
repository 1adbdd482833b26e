"""`python -m api`: serves the API until it is told to stop."""

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


class Server(uvicorn.Server):
    """Ends streams before it waits for requests: by themselves they would use up all of the grace."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, with no stream left open."""
        self._hub.end_streams()
        await super().shutdown(sockets)


def main() -> int:
    """Serve until SIGTERM or SIGINT; streams then end, and requests get 20 seconds. Returns the exit code."""
    settings = Settings()
    logs.configure("api", settings.log_level)
    app = create_app(settings)
    server = Server(
        uvicorn.Config(
            app,
            host=settings.api_host,
            port=settings.api_port,
            loop="uvloop",
            http="httptools",
            timeout_graceful_shutdown=GRACE_SECONDS,
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
