"""Comparing stored orders with Stripe and their workflows, and their totals with their refunds."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.order_workflows import OrderWorkflows
from activities.gateways.payments import PaymentGateway
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import order_steps, reconciliation
from db.queries.findings import Subject
from db.queries.reconciliation import OrderKey, OrderRecords
from db.session import Database
from db.tables import Order, Refund
from domain.errors import PaymentRefused
from domain.findings import Check, Repair, seen_twice
from domain.lifecycle import OrderStatus, PaymentMethod, PaymentStatus, RefundStatus
from domain.reconciliation import (
    CANCELED,
    OrderFacts,
    PaymentFacts,
    RefundFacts,
    WorkflowState,
    compare_order,
    derived_payment_status,
)

# Stripe takes 25 calls a second in test mode (https://docs.stripe.com/rate-limits); customers come first.
_AT_ONCE = 2
_LONG = timedelta(days=1)
_CHECKS = (Check.EVENTS, Check.WORKFLOWS, Check.MONEY, Check.RECORDS, Check.STUCK)


class OrderReconciliation:
    """One page of orders at a time; what is found is looked at twice before anything is done about it."""

    def __init__(self, database: Database, payments: PaymentGateway, workflows: OrderWorkflows) -> None:
        self._database = database
        self._payments = payments
        self._workflows = workflows

    @activity.defn(name="check_orders")
    @at_the_boundary
    async def check_orders(self, given: CheckPage) -> CheckedPage:
        """Compare a page of orders and mend what can be mended."""
        async with self._database.platform() as session:
            keys = await reconciliation.orders_to_compare(
                session,
                after_id=int(given.cursor or 0),
                rested_since=given.as_of - timedelta(seconds=given.min_age),
                changed_since=given.as_of - timedelta(seconds=given.lookback),
                limit=given.limit,
            )
        tally = Tally(self._database, given)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def check(key: OrderKey) -> None:
            async with slots:
                activity.heartbeat()
                await self._check(key, tally, given.as_of)

        try:
            async with asyncio.TaskGroup() as group:
                for key in keys:
                    group.create_task(check(key))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return tally.page(str(keys[-1].id) if len(keys) == given.limit else None)

    async def _check(self, key: OrderKey, tally: Tally, as_of: datetime) -> None:
        records, facts = await self._look(key, as_of)
        found = compare_order(facts)
        if found:
            records, facts = await self._look(key, as_of)
            found = seen_twice(found, compare_order(facts))
        tally.compared(*_CHECKS)
        number = records.order.order_number
        for finding in found:
            repaired = finding.repair is not None and await self._repair(finding.repair, records)
            await tally.found(Subject(key.vendor_id, number, number, key.id), finding, repaired=repaired)

    async def _look(self, key: OrderKey, as_of: datetime) -> tuple[OrderRecords, OrderFacts]:
        async with self._database.reading(key.vendor_id) as session:
            records = await reconciliation.order_records(session, order_id=key.id)
        order = records.order
        workflow = await self._workflows.state(order.order_number)
        after_sale = WorkflowState.ABSENT
        if workflow != WorkflowState.RUNNING:
            after_sale = await self._workflows.after_sale_state(order.order_number)
        payment, stripe_refunds = await self._at_stripe(order)
        facts = OrderFacts(
            status=OrderStatus(order.status),
            payment_status=PaymentStatus(order.payment_status),
            payment_method=PaymentMethod(order.payment_method),
            completed=order.completed_at is not None,
            paid_amount=order.paid_amount,
            refunded_amount=order.refunded_amount,
            refund_pending_amount=order.refund_pending_amount,
            payment_reference=order.payment_reference,
            stored_reference=records.stored_reference,
            last_event=records.last_event,
            number_of_events=records.number_of_events,
            refunds=tuple(_stored(refund) for refund in records.refunds),
            declined_charges=records.declined_charges,
            payment=payment,
            stripe_refunds=stripe_refunds,
            workflow=workflow,
            after_sale=after_sale,
            idle_long=order.updated_at < as_of - _LONG,
        )
        return records, facts

    async def _at_stripe(self, order: Order) -> tuple[PaymentFacts | None, tuple[RefundFacts, ...]]:
        reference = order.payment_reference
        if order.payment_method != PaymentMethod.STRIPE or reference is None:
            return None, ()
        payment = await self._payment(reference)
        if payment is None or order.paid_amount == 0:
            return payment, ()
        return payment, await self._refunds(reference)

    async def _payment(self, reference: str) -> PaymentFacts | None:
        try:
            found = await self._payments.retrieve(reference)
        except PaymentRefused as refusal:
            if refusal.fields.get("provider_code") != "resource_missing":
                raise
            return None
        return PaymentFacts(found.status, found.amount_received, found.charge, found.decline_code)

    async def _refunds(self, reference: str) -> tuple[RefundFacts, ...]:
        listed = await self._payments.list_refunds(reference)
        return tuple(
            RefundFacts(refund.refund_key, refund.reference, refund.amount, RefundStatus(refund.status))
            for refund in listed
        )

    async def _repair(self, repair: Repair, records: OrderRecords) -> bool:
        order = records.order
        if repair == Repair.TELL_WORKFLOW:
            return await self._workflows.tell_payment_changed(order.order_number)
        if repair == Repair.CANCEL_PAYMENT and order.payment_reference is not None:
            return (await self._payments.cancel(order.payment_reference)).status == CANCELED
        if repair == Repair.TAKE_UP_AGAIN:
            await self._workflows.take_up_again(
                vendor_id=order.vendor_id,
                vendor_code=records.vendor_code,
                order_number=order.order_number,
            )
            return True
        return await self._derive_totals(order.vendor_id, order.id)

    async def _derive_totals(self, vendor_id: int, order_id: int) -> bool:
        """Write what follows from the refund rows, as they are under the order's lock."""
        async with self._database.vendor(vendor_id) as session:
            order, _ = await order_steps.lock_order(session, order_id, 0)
            rows = await reconciliation.lock_refunds(session, order_id=order_id)
            refunds = tuple(_stored(row) for row in rows)
            refunded, pending = _total(refunds, RefundStatus.SUCCEEDED), _total(refunds, RefundStatus.PENDING)
            if refunded + pending > order.paid_amount:
                return False
            order.refunded_amount = refunded
            order.refund_pending_amount = pending
            if order.paid_amount > 0:
                order.payment_status = derived_payment_status(order.paid_amount, refunds)
        return True


def _stored(refund: Refund) -> RefundFacts:
    sent_as = refund.refund_key if refund.attempt == 1 else f"{refund.refund_key}:{refund.attempt}"
    return RefundFacts(sent_as, refund.provider_reference, refund.amount, RefundStatus(refund.status))


def _total(refunds: tuple[RefundFacts, ...], status: RefundStatus) -> Decimal:
    return sum((refund.amount for refund in refunds if refund.status == status), Decimal(0))
