"""Fixtures for every room, and a hard exit once the summary is out."""

import os
import sys

import pytest

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.sandboxes",
    "tests.fixtures.temporal",
    "tests.fixtures.api",
    "tests.fixtures.browser",
    "tests.fixtures.parallel",
]

_SESSION = pytest.StashKey[pytest.Session]()


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[_SESSION] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without the interpreter's own exit, at which the Temporal SDK's threads may abort the process."""
    session = config.stash.get(_SESSION, None)
    if session is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(session.exitstatus))
