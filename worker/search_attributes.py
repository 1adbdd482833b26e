"""The search attributes operators filter orders by, registered when they are missing."""

import structlog
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.visibility import SEARCH_ATTRIBUTES

log = structlog.get_logger(__name__)


async def register_search_attributes(client: Client) -> None:
    """Add what the namespace lacks; where this is an administrator's right, say what to ask for."""
    service = client.operator_service
    try:
        known = await service.list_search_attributes(ListSearchAttributesRequest(namespace=client.namespace))
        missing = {
            key.name: key.indexed_value_type
            for key in SEARCH_ATTRIBUTES
            if key.name not in known.custom_attributes
        }
        if missing:
            await service.add_search_attributes(
                AddSearchAttributesRequest(
                    namespace=client.namespace,
                    search_attributes={name: kind.value for name, kind in missing.items()},  # type: ignore[misc]  # protobuf enums are ints
                )
            )
    except RPCError as error:
        if error.status == RPCStatusCode.ALREADY_EXISTS:
            return
        if error.status not in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
            raise
        log.warning(
            "search attributes have to be added by an administrator",
            names=[key.name for key in SEARCH_ATTRIBUTES],
        )
