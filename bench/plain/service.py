"""The plain service as a part of a stack: a process on a port and a database of its own."""

import sys
from functools import partial

from bench.plain.__main__ import SECRET, URL
from bench.plain.shops import DATABASE, create_database
from local.part import Part
from local.ports import HOST, choose_ports
from local.readiness import http
from local.stack import Stack

PLAIN = "plain"


class PlainService:
    """Where it is, once its part was made."""

    def __init__(self) -> None:
        self.url = ""
        self.database_url = ""

    def parts(self, stack: Stack) -> list[Part]:
        """Its process, beside those of `stack`."""
        taken = set(stack.ports.model_dump().values())
        while (port := choose_ports().api) in taken:
            pass
        self.url = f"http://{HOST}:{port}"
        superuser = stack.postgres.superuser_url
        self.database_url = stack.postgres.url("postgres", DATABASE)
        return [
            Part(
                name=PLAIN,
                title="Plain service",
                command=[sys.executable, "-m", "bench.plain", "--host", HOST, "--port", str(port)],
                environment=stack.environment()
                | {URL: self.database_url, SECRET: stack.credentials.jwt_secret},
                directory=stack.home.path,
                after=("postgres",),
                prepare=partial(create_database, superuser),
                ready=http(f"{self.url}/healthz"),
            )
        ]
