"""The command line that starts the mailbox."""

import sys
from pathlib import Path


def command(*, host: str, smtp_port: int, http_port: int, database: Path) -> list[str]:
    """Return the arguments of a mailbox process listening on `host` and keeping its mail in `database`."""
    return [
        sys.executable,
        "-m",
        "local.mailbox",
        "--host",
        host,
        "--smtp-port",
        str(smtp_port),
        "--http-port",
        str(http_port),
        "--database",
        str(database),
    ]
