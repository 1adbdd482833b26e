"""Steps that back off: what Temporal tells of them, and what an operator's word does."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.worker import Interceptor

from activities.messages import Actor
from activities.payment_messages import RefundState
from api.engine import Engine
from tests.fixtures.sandboxes import MailboxProcess, SandboxProcess
from tests.waiting import eventually
from tests.workflows.faults import AnswerOnce, BackOff, Hold
from tests.workflows.operating import confirmed_order, operate, operator_events, refused
from tests.workflows.payments import details, mails, needs_attention, reference_of, tell
from tests.workflows.shop import Shop
from workflows.messages import Cancellation, OrderInput, OrderMoved, OrderPolicy, OrderResult

PATIENT = OrderPolicy(poll_first=600, poll_most=600)


async def paid_and_told(shop: Shop, stripe: SandboxProcess) -> OrderInput:
    """An order whose customer has paid, and whose workflow is about to ask Stripe."""
    given = await shop.claim(policy=PATIENT)
    await shop.place(given)
    await stripe.confirm(await reference_of(shop, given))
    await tell(shop, given)
    return given


class TestBackingOff:
    @pytest.fixture
    def fault(self) -> BackOff:
        return BackOff("check_payment")

    @pytest.fixture
    def interceptors(self, fault: BackOff) -> list[Interceptor]:
        return [fault]

    async def test_step_that_backs_off_is_shown_and_tried_at_once(
        self, shop: Shop, stripe_sandbox: SandboxProcess, fault: BackOff
    ) -> None:
        given = await paid_and_told(shop, stripe_sandbox)
        engine = Engine(shop.settings, client=shop.client)
        shown = await eventually(
            lambda: engine.attempts(given.order_number),
            lambda found: found is not None and found.last_error is not None,
        )
        assert shown is not None
        assert shown.next_try is not None
        assert (shown.number, shown.last_error) == (2, "gone_fishing")
        assert shown.next_try > datetime.now(UTC) + timedelta(minutes=50)
        assert "step: payment, for: customer" in await details(shop.handle(given))

        assert (await operate(shop, given, "retry_step")).done == "tried check_payment"
        await eventually(lambda: _attempts(fault), lambda attempts: attempts == 2)
        fault.mended = True
        await operate(shop, given, "retry_step", step="check_payment")
        await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
        assert fault.attempts == 3
        assert (
            await operator_events(shop, given) == [("operator.retry_step", {"steps": ["check_payment"]})] * 2
        )
        assert await refused(operate(shop, given, "retry_step", step="check_payment")) == (
            "transition_not_allowed"
        )


async def _attempts(fault: BackOff) -> int:
    return fault.attempts


class TestMailBackingOff:
    @pytest.fixture
    def fault(self) -> BackOff:
        return BackOff("send_emails", "after")

    @pytest.fixture
    def interceptors(self, fault: BackOff) -> list[Interceptor]:
        return [fault]

    async def test_emails_that_went_out_before_their_step_failed_go_out_once(
        self, shop: Shop, stripe_sandbox: SandboxProcess, mailbox: MailboxProcess, fault: BackOff
    ) -> None:
        given = await confirmed_order(shop, stripe_sandbox)
        both = ["order_confirmation", "vendor_new_order"]
        await eventually(lambda: mails(shop, given), lambda sent: sent == both)
        assert await Engine(shop.settings, client=shop.client).attempts(given.order_number) is None
        fault.mended = True
        await operate(shop, given, "retry_step")
        await eventually(lambda: _attempts(fault), lambda attempts: attempts == 2)
        sent = [mail["message_id"].split(".")[1].split("@")[0] for mail in await mailbox.messages()]
        assert sorted(sent) == both


class TestRunning:
    @pytest.fixture(params=[False, True], ids=["through", "failing"])
    def fault(self, request: pytest.FixtureRequest) -> Hold:
        return Hold("check_payment", request.param)

    @pytest.fixture
    def interceptors(self, fault: Hold) -> list[Interceptor]:
        return [fault]

    async def test_attempt_that_runs_is_waited_for_and_what_it_answers_counts(
        self, shop: Shop, stripe_sandbox: SandboxProcess, fault: Hold
    ) -> None:
        given = await paid_and_told(shop, stripe_sandbox)

        async def attempts() -> int:
            return fault.attempts

        await eventually(attempts, lambda found: found == 1)
        await operate(shop, given, "retry_step")
        await operate(shop, given, "retry_step")
        assert fault.attempts == 1
        fault.let_go.set()
        await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
        assert fault.attempts == (2 if fault.fails else 1)
        assert len(await operator_events(shop, given)) == 2


class TestFailedRefund:
    @pytest.fixture
    def interceptors(self) -> list[Interceptor]:
        return [AnswerOnce("refund_payment", RefundState(None, "failed", "expired_or_canceled_card"))]

    async def test_failed_refund_is_sent_again_by_retry_step(
        self, shop: Shop, stripe_sandbox: SandboxProcess
    ) -> None:
        given = await confirmed_order(shop, stripe_sandbox)
        handle = shop.handle(given)
        cancellation = Cancellation("customer", Actor("customer", shop.customer.id))
        await handle.execute_update("cancel", cancellation, result_type=OrderMoved)
        await eventually(lambda: needs_attention(handle), bool)
        assert "step: operator, for: operator" in await details(handle)
        assert await refused(operate(shop, given, "force_refund")) == "transition_not_allowed"
        acted = await operate(shop, given, "retry_step", step="refund_payment")
        assert acted.done == "tried refund_payment"
        ended = await shop.client.get_workflow_handle(given.order_number, result_type=OrderResult).result()
        assert ended == OrderResult("cancelled", "cancelled", "refunded")
        order = await shop.order(given)
        assert await shop.refunds(given) == [("succeeded", order.total_amount)]


async def test_step_that_stripe_breaks_off_is_tried_at_once_by_an_operator(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    fault: dict[str, object] = {"kind": "error_500", "method": "GET", "path": "/v1/payment_intents/*"}
    given = await shop.claim(policy=PATIENT)
    await shop.place(given)
    await stripe_sandbox.confirm(await reference_of(shop, given))
    await stripe_sandbox.faults("POST", "/_sandbox/faults", fault)
    await tell(shop, given)
    engine = Engine(shop.settings, client=shop.client)
    await eventually(
        lambda: engine.attempts(given.order_number),
        lambda found: found is not None and found.last_error is not None and found.next_try is not None,
    )

    await stripe_sandbox.faults("DELETE", "/_sandbox/faults")
    assert (await operate(shop, given, "retry_step")).done == "tried check_payment"
    await eventually(lambda: shop.order(given), lambda order: order.status == "confirmed")
    assert await operator_events(shop, given) == [("operator.retry_step", {"steps": ["check_payment"]})]
