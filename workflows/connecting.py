"""How API, worker and the operators' commands reach Temporal."""

from temporalio.client import ClientConnectConfig
from temporalio.service import GrpcCompression

from settings import Settings
from workflows.conversion import DATA_CONVERTER


def connection(settings: Settings) -> ClientConnectConfig:
    """What `Client.connect` is given, for the caller to add to."""
    key = settings.temporal_api_key
    compression = GrpcCompression.GZIP if settings.temporal_compression else GrpcCompression.NONE
    return ClientConnectConfig(
        target_host=settings.temporal_address,
        namespace=settings.temporal_namespace,
        api_key=key.get_secret_value() if key else None,
        tls=settings.temporal_tls,
        data_converter=DATA_CONVERTER,
        grpc_compression=compression,
    )
