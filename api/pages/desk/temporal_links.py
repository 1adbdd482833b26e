"""Where an order's workflows are shown in the Temporal UI."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from db.tables import Order
from domain.lifecycle import OrderStatus
from settings import Settings
from workflows.messages import after_sale_id


@dataclass(frozen=True)
class WorkflowLink:
    """The address of an order's workflow; `ended` when it may be one of two: the other followed it."""

    address: str
    ended: bool


def workflow_link(settings: Settings, order: Order) -> WorkflowLink | None:
    """The order's workflow; of an order that is over also the one that took it up again after the sale.

    None where no Temporal UI is known.
    """
    if not settings.temporal_ui_url:
        return None
    base = settings.temporal_ui_url.rstrip("/")
    workflows = f"{base}/namespaces/{quote(settings.temporal_namespace, safe='')}/workflows"
    number = order.order_number
    ended = order.completed_at is not None or order.status == OrderStatus.CANCELLED
    if not ended:
        return WorkflowLink(f"{workflows}/{quote(number, safe='')}", ended=False)
    query = f'WorkflowId="{number}" OR WorkflowId="{after_sale_id(number)}"'
    return WorkflowLink(f"{workflows}?{urlencode({'query': query})}", ended=True)
