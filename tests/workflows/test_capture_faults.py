"""Captures that fail, and captures whose answer is lost."""

from decimal import Decimal
from typing import get_args

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.worker import Interceptor

from activities.payment_messages import PaymentState
from domain.errors import PaymentRefused
from tests.fixtures.sandboxes import SandboxProcess
from tests.waiting import eventually
from tests.workflows.faults import AnswerOnce, FailOnce, Moment, RefuseOnce
from tests.workflows.payments import details, kinds, needs_attention, reference_of
from tests.workflows.shop import Shop
from tests.workflows.test_captures import authorized_order, captures
from tests.workflows.test_order import refusal
from workflows.messages import OrderMoved

NO = PaymentRefused("No.", provider_code="capture_unauthorized")
STILL_HELD = PaymentState("pi_1", "requires_capture", Decimal(0))


@pytest.fixture
def interceptors(request: pytest.FixtureRequest) -> list[Interceptor]:
    return [request.param]


def _faults() -> list[FailOnce]:
    steps = ("capture_payment", "record_authorization", "record_capture", "change_status")
    return [FailOnce(step, moment) for step in steps for moment in get_args(Moment)]


@pytest.mark.parametrize(
    "interceptors", _faults(), ids=lambda fault: f"{fault.step}-{fault.moment}", indirect=True
)
async def test_shipping_survives_a_death_and_captures_once(
    shop: Shop, stripe_sandbox: SandboxProcess, interceptors: list[FailOnce]
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    assert await shop.change(given, "shipped") == OrderMoved(True, "shipped", "paid")
    assert interceptors[0].failed
    assert len(await captures(stripe_sandbox, await reference_of(shop, given))) == 1
    assert (await kinds(shop, given))[2:] == [
        "payment.authorized",
        "order.confirmed",
        "payment.captured",
        "order.shipped",
    ]
    order = await shop.order(given)
    assert await shop.totals() == (1, order.total_amount)


@pytest.mark.parametrize(
    "interceptors",
    [RefuseOnce("capture_payment", NO), AnswerOnce("capture_payment", STILL_HELD)],
    ids=["refused", "held"],
    indirect=True,
)
async def test_capture_that_fails_refuses_the_shipment_until_it_works(
    shop: Shop, stripe_sandbox: SandboxProcess
) -> None:
    given = await authorized_order(shop, stripe_sandbox)
    handle = shop.handle(given)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shop.change(given, "shipped")
    assert refusal(refused.value) == "capture_failed"
    order = await shop.order(given)
    assert (order.status, order.payment_status, order.shipped_at) == ("confirmed", "pending", None)
    assert "the payment could not be captured" in await details(handle)
    await eventually(lambda: needs_attention(handle), bool)

    assert await shop.change(given, "shipped") == OrderMoved(True, "shipped", "paid")
    await eventually(lambda: needs_attention(handle), lambda needed: not needed)
    assert len(await captures(stripe_sandbox, await reference_of(shop, given))) == 1
