"""`python -m bench.plain`: serves the plain service, set up as the API is, until SIGTERM or SIGINT."""

import argparse
import gc
import os

import uvicorn

from api.tokens import Tokens
from bench.plain.app import create_plain_app

URL, SECRET = "BENCH_PLAIN_DATABASE_URL", "BENCH_PLAIN_SECRET"
_TOKEN_SECONDS = 24 * 3600
_KEEP_ALIVE_SECONDS = 75  # the API's


def main() -> None:
    """Read the options, and serve."""
    parser = argparse.ArgumentParser(prog="python -m bench.plain", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    app = create_plain_app(os.environ[URL], Tokens(os.environ[SECRET], _TOKEN_SECONDS))
    # As the API does: no walk through all that was made at the start in the midst of requests.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        loop="uvloop",
        http="httptools",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
