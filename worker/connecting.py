"""The worker's way to Temporal."""

from temporalio.client import Client

from settings import Settings
from workflows.conversion import DATA_CONVERTER


async def connect(settings: Settings) -> Client:
    """A connected client. Raises RuntimeError when the server cannot be reached."""
    key = settings.temporal_api_key
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        api_key=key.get_secret_value() if key else None,
        tls=settings.temporal_tls,
        data_converter=DATA_CONVERTER,
    )
