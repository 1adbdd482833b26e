"""PaymentIntents at Stripe that are no order's: cancelled, given back, or put before a human."""

from datetime import timedelta
from decimal import Decimal

from temporalio import activity

from activities.errors import at_the_boundary
from activities.gateways.payments import ListedPayment, PaymentGateway
from activities.reconciliation_findings import Tally
from activities.reconciliation_messages import CheckedPage, CheckPage
from db.queries import findings, reconciliation
from db.queries.findings import Subject
from db.session import Database
from domain.findings import Check, Code, Finding, Repair
from domain.lifecycle import OrderStatus, PaymentStatus, RefundStatus
from domain.orders import effect_key
from domain.strays import StrayPayment, compare_stray

_ORPHANS = (Code.ORPHAN_UNPAID, Code.ORPHAN_PAID)


class PaymentReconciliation:
    """Stripe's list of PaymentIntents beside the orders that they pay."""

    def __init__(self, database: Database, payments: PaymentGateway) -> None:
        self._database = database
        self._payments = payments

    @activity.defn(name="check_payments")
    @at_the_boundary
    async def check_payments(self, given: CheckPage) -> CheckedPage:
        """Look at a page of PaymentIntents, as far back as orphans are still open."""
        lookback = timedelta(seconds=given.lookback)
        async with self._database.platform() as session:
            oldest = await findings.oldest_open(session, codes=_ORPHANS)
        page = await self._payments.list_payments(
            since=min(oldest or given.as_of, given.as_of) - lookback,
            before=given.as_of - timedelta(seconds=given.min_age),
            after=given.cursor,
            limit=min(given.limit, 100),
        )
        async with self._database.platform() as session:
            owned = await reconciliation.owned_payments(
                session, [payment.reference for payment in page.payments]
            )
        tally = Tally(self._database, given)
        for payment in page.payments:
            activity.heartbeat()
            if payment.reference not in owned:
                await self._check(payment, tally)
        tally.compared(Check.ORPHANS, number=len(page.payments))
        return tally.page(page.next_after)

    async def _check(self, payment: ListedPayment, tally: Tally) -> None:
        first = await self._look(payment)
        finding = None if first is None else compare_stray(first)
        if finding is None:
            return
        again = await self._look(payment)
        finding = None if again is None else compare_stray(again)
        if again is not None and finding is not None:
            repaired = await self._repair(payment, again, finding)
            known = again.placement is not None
            subject = Subject(payment.vendor_id, payment.reference, payment.order_number if known else None)
            await tally.found(subject, finding, repaired=repaired)

    async def _look(self, payment: ListedPayment) -> StrayPayment | None:
        """The PaymentIntent as it is now; None when it is an order's, or nobody's of ours."""
        async with self._database.platform() as session:
            if await reconciliation.owned_payments(session, [payment.reference]):
                return None
            number = await reconciliation.number_in_use(session, order_number=payment.order_number)
            prefix = payment.order_number.partition("-")[0]
            if number is None and not await reconciliation.vendor_of_prefix(
                session, vendor_id=payment.vendor_id, prefix=prefix
            ):
                return None
        if number is not None and number.vendor_id != payment.vendor_id:
            return None
        now = await self._payments.retrieve(payment.reference)
        refunded = Decimal(0)
        if now.status == "succeeded":
            refunds = await self._payments.list_refunds(payment.reference)
            refunded = sum(
                (refund.amount for refund in refunds if refund.status != RefundStatus.FAILED), Decimal(0)
            )
        return StrayPayment(
            reference=payment.reference,
            status=now.status,
            amount_received=now.amount_received,
            amount_refunded=refunded,
            placement=None if number is None else number.placement,
            order=OrderStatus(number.order_status) if number and number.order_status else None,
            order_payment=PaymentStatus(number.payment_status) if number and number.payment_status else None,
        )

    async def _repair(self, payment: ListedPayment, stray: StrayPayment, finding: Finding) -> bool:
        if finding.repair == Repair.CANCEL_PAYMENT:
            return (await self._payments.cancel(payment.reference)).status == "canceled"
        if finding.repair == Repair.REFUND_PAYMENT:
            refund = await self._payments.refund(
                order_number=payment.order_number,
                reference=payment.reference,
                amount=stray.amount_received,
                currency=payment.currency,
                refund_key=effect_key(payment.order_number, f"orphan:{payment.reference}"),
            )
            return refund.status != RefundStatus.FAILED
        return False
