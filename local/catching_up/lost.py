"""Orders placed after the backup: there is a workflow and a payment, and no order any more."""

from dataclasses import dataclass
from decimal import Decimal

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.gateways.payments import PaymentGateway, PaymentIntentState
from domain.errors import PaymentRefused
from domain.lifecycle import PaymentMethod, RefundStatus
from domain.orders import effect_key
from domain.reconciliation import CANCELED, SUCCEEDED
from local.catching_up.workflows import OrderRuns, OrderStory
from workflows import steps

REASON = "The order was lost when the database was restored from a backup."
_GONE = frozenset({"shipped", "delivered"})


@dataclass(frozen=True)
class LostOrder:
    """An order that is no more, for a human who writes to its customer; Stripe knows an address.

    `refunded` is what has gone back by now, `kept` what is still held; `changed` tells whether anything was
    done just now.
    """

    order_number: str
    amount: Decimal
    currency: str
    payment_reference: str | None
    shipped: bool
    refunded: Decimal
    kept: Decimal
    changed: bool
    attention: str | None = None


def was_stored(story: OrderStory) -> bool:
    """Whether there ever was an order: a refused placement leaves none."""
    done = {step.name for step in story.done}
    return steps.CREATE_ORDER.name in done and steps.WITHDRAW_PLACEMENT.name not in done


async def end_workflows(client: Client, runs: OrderRuns) -> int:
    """Terminate what runs of an order without rows: no step of it could ever succeed. Returns how many."""
    ended = 0
    for execution in runs.running:
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        try:
            await handle.terminate(reason=REASON)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # it ended by itself
                raise
        else:
            ended += 1
    return ended


async def settle(payments: PaymentGateway, story: OrderStory, reference: str | None) -> LostOrder:
    """Give back what was paid for a lost order, unless its pieces are with the customer."""
    number, given = story.runs.order_number, story.given
    shipped = any(
        step.name == steps.CHANGE_STATUS.name and step.given.to_status in _GONE for step in story.done
    )
    amount, currency = (given.total_amount, given.currency) if given else (Decimal(0), "")
    reference = reference or _opened(story)
    if reference is None:
        manual = given is not None and given.payment_method == PaymentMethod.MANUAL
        why = "paid outside, if at all: ask the shop" if manual else None
        return LostOrder(number, amount, currency, None, shipped, Decimal(0), Decimal(0), False, why)
    try:
        came = await _give_back(payments, number, reference, currency, shipped=shipped)
    except PaymentRefused as refusal:
        came = _Money(kept=amount, attention=f"Stripe refused: {refusal.fields.get('provider_code')}")
    return LostOrder(
        number, amount, currency, reference, shipped, came.refunded, came.kept, came.changed, came.attention
    )


def _opened(story: OrderStory) -> str | None:
    opened = [step.answer.reference for step in story.done if step.name == steps.OPEN_PAYMENT.name]
    return opened[-1] if opened else None


@dataclass(frozen=True)
class _Money:
    """As in LostOrder."""

    refunded: Decimal = Decimal(0)
    kept: Decimal = Decimal(0)
    changed: bool = False
    attention: str | None = None


async def _give_back(
    payments: PaymentGateway, number: str, reference: str, currency: str, *, shipped: bool
) -> _Money:
    intent = await payments.retrieve(reference)
    if intent.status != SUCCEEDED:
        return await _cancel(payments, intent)
    refunds = await payments.list_refunds(reference)
    refunded = sum((each.amount for each in refunds if each.status != RefundStatus.FAILED), Decimal(0))
    kept = intent.amount_received - refunded
    if kept <= 0:
        return _Money(refunded)
    if shipped:
        return _Money(refunded, kept, attention="shipped: the customer has the pieces, the shop the money")
    if await payments.list_disputes(reference):
        return _Money(refunded, kept, attention="disputed: the bank decides")
    # As reconciliation names it, so that it goes back once.
    key = effect_key(number, f"orphan:{reference}")
    refund = await payments.refund(
        order_number=number, reference=reference, amount=kept, currency=currency, refund_key=key
    )
    if refund.status == RefundStatus.FAILED:
        return _Money(refunded, kept, attention=f"the refund failed: {refund.failure_reason}")
    return _Money(refunded + kept, changed=True)


async def _cancel(payments: PaymentGateway, intent: PaymentIntentState) -> _Money:
    if intent.status == CANCELED:
        return _Money()
    status = (await payments.cancel(intent.reference)).status
    if status == CANCELED:
        return _Money(changed=True)
    return _Money(attention=f"the payment is {status}: catch up again later")
