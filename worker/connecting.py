"""The worker's way to Temporal."""

from temporalio.client import Client

from settings import Settings
from workflows.connecting import connection


async def connect(settings: Settings) -> Client:
    """A connected client. Raises RuntimeError when the server cannot be reached."""
    return await Client.connect(**connection(settings))
