"""An order as the people of its shop are told of it: what it needs, what can be done, and its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from api.engine import Engine
from api.pages.desk.temporal_links import WorkflowLink, workflow_link
from api.pages.desk.timeline import Entry, timeline
from api.pages.desk.visits import StaffVisit
from api.pages.order_documents import OrderDocuments, documents_of
from api.pages.tax_lines import VatLine, vat_lines
from api.schemas.orders import is_authorized
from api.schemas.vendor_orders import VendorOrderDetail
from api.vendor_order import WholeOrder, answer_whole_order, read_whole_order
from api.waiting import refund_needs_operator
from db.queries import findings, order_timeline
from db.queries.refundable import SHIPPED, left_to_refund, refunded_quantities
from db.tables import Customer, FindingRow, Order, Payment
from domain.disputes import needs_evidence
from domain.lifecycle import OrderStatus, PaymentMethod
from workflows.messages import OrderPolicy

_NOTICE = timedelta(seconds=OrderPolicy().capture_notice)


class Trouble(StrEnum):
    """What somebody has to see before all else."""

    FINDING = "finding"
    REFUND_FAILED = "refund_failed"
    EVIDENCE_DUE = "evidence_due"
    CAPTURE_DUE = "capture_due"


@dataclass(frozen=True)
class Attention:
    """Something that is wrong with an order, or will be at `until`; `detail` is a code or a reason."""

    trouble: Trouble
    since: datetime
    until: datetime | None = None
    amount: Decimal | None = None
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class OrderMoney:
    """What an order cost by rate, what was paid of it, and what of that is where.

    `left` may still be refunded; `held` says that the bank keeps the total until the order is shipped.
    """

    prices_include_tax: bool
    vat: list[VatLine]
    by_hand: bool
    paid: Decimal
    left: Decimal
    pending: Decimal
    disputed: Decimal
    charged_back: Decimal
    held: bool
    decline_code: str | None


@dataclass(frozen=True)
class DeskOrder:
    """An order as the JSON routes answer it, and what its page tells besides.

    `refunded` are the pieces of each line that went back or are about to.
    """

    order: VendorOrderDetail
    customer: Customer
    money: OrderMoney
    attention: list[Attention]
    timeline: list[Entry]
    documents: OrderDocuments
    refunded: dict[int, int]
    may_restock: bool
    completed_at: datetime | None
    return_window: int
    workflow: WorkflowLink | None


async def read_desk_order(visit: StaffVisit, engine: Engine, order_id: int) -> DeskOrder:
    """All of an order from one moment. Raises OrderNotFound, also for another vendor's."""
    async with visit.context.database.direct(visit.vendor.id, reading=True) as direct:
        whole = await read_whole_order(direct, order_id=order_id)
        events = await order_timeline.list_events(direct, order_id=order_id)
        emails = await order_timeline.list_emails(direct, order_id=order_id)
        found = await findings.list_open_of(direct, order_id=order_id)
        order = whole.stored.order
        refunded = await refunded_quantities(direct, order)
        documents = await documents_of(direct, order, whole.history.refunds)
    return DeskOrder(
        order=await answer_whole_order(engine, whole),
        customer=whole.stored.customer,
        money=order_money(order, whole.payment),
        attention=_attention(whole, found, datetime.now(UTC)),
        timeline=timeline(whole, events, emails),
        documents=documents,
        refunded=refunded,
        may_restock=order.status in SHIPPED,
        completed_at=order.completed_at,
        return_window=whole.waits.return_window,
        workflow=workflow_link(visit.context.settings, order),
    )


def order_money(order: Order, payment: Payment | None) -> OrderMoney:
    """The money of an order, as it is stored."""
    return OrderMoney(
        prices_include_tax=order.prices_include_tax,
        vat=vat_lines(order),
        by_hand=order.payment_method == PaymentMethod.MANUAL,
        paid=order.paid_amount,
        left=left_to_refund(order),
        pending=order.refund_pending_amount,
        disputed=order.disputed_amount,
        charged_back=order.charged_back_amount,
        held=is_authorized(payment),
        decline_code=None if payment is None else payment.decline_code,
    )


def _attention(whole: WholeOrder, found: Sequence[FindingRow], now: datetime) -> list[Attention]:
    order = whole.stored.order
    return [
        *(
            Attention(
                Trouble.EVIDENCE_DUE,
                dispute.opened_at,
                until=dispute.evidence_due_by,
                amount=dispute.amount,
                code=dispute.reason,
                detail=dispute.provider_reference,
            )
            for dispute in whole.disputes
            if dispute.outcome is None and needs_evidence(dispute.status)
        ),
        *(
            Attention(
                Trouble.REFUND_FAILED,
                refund.updated_at,
                amount=refund.amount,
                code=refund.failure_reason or "",
            )
            for refund in whole.history.refunds
            if refund_needs_operator(order, refund)
        ),
        *_capture_due(order, whole.payment, now),
        *(
            Attention(Trouble.FINDING, finding.first_seen, code=finding.code, detail=finding.reason)
            for finding in found
        ),
    ]


def _capture_due(order: Order, payment: Payment | None, now: datetime) -> list[Attention]:
    """The bank lets go of the amount soon; in the workflow's own words a notice before."""
    if payment is None or not is_authorized(payment) or payment.capture_before is None:
        return []
    if order.status == OrderStatus.CANCELLED or payment.capture_before - now > _NOTICE:
        return []
    due = Attention(
        Trouble.CAPTURE_DUE, payment.updated_at, until=payment.capture_before, amount=order.total_amount
    )
    return [due]
