"""Reconciling a shop, and what was found."""

from dataclasses import dataclass

from sqlalchemy import select, text
from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy

from db.session import Database
from db.tables import FindingRow
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.shop import QUICK, Shop
from workflows.messages import OrderInput, OrderPolicy
from workflows.reconciliation import ReconcileWorkflow
from workflows.reconciliation_messages import (
    RECONCILE_WORKFLOW,
    RECONCILIATION_ID,
    Progress,
    Reconciliation,
)
from workflows.visibility import NEEDS_ATTENTION

# An order that asks Stripe for nothing by itself while a test lasts.
DEAF = OrderPolicy(poll_first=3600.0, poll_most=3600.0)


async def start(
    shop: Shop, *, page_size: int = 100, min_age: float = 0.0, progress: Progress | None = None
) -> WorkflowHandle[ReconcileWorkflow, Progress]:
    """Start a reconciliation of all that is there now."""
    await shop.client.start_workflow(
        RECONCILE_WORKFLOW,
        Reconciliation(page_size=page_size, min_age=min_age, progress=progress),
        id=RECONCILIATION_ID,
        task_queue=shop.settings.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    return shop.client.get_workflow_handle(RECONCILIATION_ID, result_type=Progress)


async def reconcile(shop: Shop, *, page_size: int = 100, min_age: float = 0.0) -> Progress:
    """Reconcile to the end."""
    return await (await start(shop, page_size=page_size, min_age=min_age)).result()


@dataclass(frozen=True)
class Found:
    """What a reconciliation repaired and left, by code."""

    repaired: dict[str, int]
    attention: dict[str, int]


NOTHING = Found({}, {})


def repaired(*codes: str) -> Found:
    return Found(dict.fromkeys(codes, 1), {})


def attention(*codes: str) -> Found:
    return Found({}, dict.fromkeys(codes, 1))


async def found(shop: Shop) -> Found:
    """Reconcile and say what was found."""
    progress = await reconcile(shop)
    assert progress.is_done
    return Found(progress.repaired, progress.attention)


async def run_sql(database: Database, statement: str, **values: object) -> None:
    """Damage something, or mend it by hand."""
    async with database.platform() as session:
        await session.execute(text(statement), values)


async def open_findings(database: Database, vendor_id: int) -> set[tuple[str, str]]:
    """Subject and code of all that one vendor's session sees as open."""
    async with database.reading(vendor_id) as session:
        rows = await session.scalars(select(FindingRow).where(FindingRow.resolved_at.is_(None)))
        return {(row.subject, row.code) for row in rows}


async def placed(shop: Shop, payment_method: str = "stripe", policy: OrderPolicy = QUICK) -> OrderInput:
    """An order that waits for its payment."""
    given = await shop.claim([(shop.mug, 1)], payment_method=payment_method, policy=policy)
    await shop.place(given)
    return given


async def paid(shop: Shop, stripe: SandboxProcess, card: str = "pm_card_visa") -> OrderInput:
    """An order that was paid and confirmed."""
    given = await placed(shop)
    await stripe.confirm(await reference(shop, given), card)
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    return given


async def reference(shop: Shop, given: OrderInput) -> str:
    """The order's PaymentIntent."""
    return str((await shop.order(given)).payment_reference)


async def needs_attention(shop: Shop, given: OrderInput) -> bool | None:
    """What Temporal's list shows of the order."""
    described = await shop.handle(given).describe()
    return described.typed_search_attributes.get(NEEDS_ATTENTION)
