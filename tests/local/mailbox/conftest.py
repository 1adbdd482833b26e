"""Mailboxes for tests."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.mailbox.running import Mailbox


@pytest.fixture(scope="session")
def shared_mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """One process for all tests that leave it running."""
    box = Mailbox(tmp_path_factory.mktemp("mail") / "new" / "mailbox.sqlite3")
    box.start()
    yield box
    box.end(signal.SIGTERM)


@pytest.fixture
async def mailbox(shared_mailbox: Mailbox) -> Mailbox:
    """The shared mailbox, empty."""
    await shared_mailbox.delete_messages()
    return shared_mailbox


@pytest.fixture
def own_mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A mailbox the test may kill."""
    box = Mailbox(tmp_path / "mailbox.sqlite3")
    box.start()
    yield box
    if box.process is not None and box.process.poll() is None:
        box.end(signal.SIGKILL)
