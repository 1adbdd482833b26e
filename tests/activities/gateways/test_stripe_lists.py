"""Lists of payments and refunds as reconciliation walks them, over HTTP against the sandbox."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from activities.gateways.payments import ListedPayment, PaymentGateway
from tests.activities.gateways.purchases import new_order_number, open_payment, pay, send_refund
from tests.fixtures.sandboxes import SandboxProcess


async def walk(payments: PaymentGateway, limit: int, **window: datetime) -> list[list[ListedPayment]]:
    now = datetime.now(UTC)
    since, before = window.get("since", now - timedelta(hours=1)), window.get("before", now)
    pages = []
    after: str | None = None
    while True:
        page = await payments.list_payments(since=since, before=before, after=after, limit=limit)
        pages.append(list(page.payments))
        if (after := page.next_after) is None:
            return pages


async def test_payments_are_listed_in_pages_newest_first(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    numbers = [new_order_number() for _ in range(5)]
    for number in numbers[:4]:
        await open_payment(payments, order_number=number)
    paid = await pay(payments, stripe_sandbox, numbers[4])
    pages = await walk(payments, 2)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [payment.order_number for page in pages for payment in page] == numbers[::-1]
    assert pages[0][0] == ListedPayment(
        paid.reference, "succeeded", Decimal("84.20"), "EUR", order_number=numbers[4], vendor_id=7
    )


async def test_payments_outside_the_window_are_not_listed(payments: PaymentGateway) -> None:
    await open_payment(payments)
    now = datetime.now(UTC)
    assert await walk(payments, 10, before=now - timedelta(minutes=1)) == [[]]
    assert await walk(payments, 10, since=now + timedelta(minutes=1), before=now + timedelta(hours=1)) == [[]]


async def test_somebody_elses_payments_are_passed_over(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    await open_payment(payments, order_number=number)
    for form in (
        {"amount": "1000", "currency": "usd"},
        {"amount": "1000", "currency": "eur", "metadata[order_number]": "A-1"},
        {"amount": "1000", "currency": "eur", "metadata[order_number]": "A-1", "metadata[vendor_id]": "x"},
    ):
        (await stripe_sandbox.post("/v1/payment_intents", form)).raise_for_status()
    pages = await walk(payments, 2)
    assert [[payment.order_number for payment in page] for page in pages] == [[], [number]]


async def test_refunds_are_listed_by_whomever_they_were_made(
    payments: PaymentGateway, stripe_sandbox: SandboxProcess
) -> None:
    number = new_order_number()
    paid = await pay(payments, stripe_sandbox, number)
    ours = await send_refund(payments, number, paid.reference, "10.00")
    form = {"payment_intent": paid.reference, "amount": "150"}
    theirs = (await stripe_sandbox.post("/v1/refunds", form)).raise_for_status().json()
    listed = {refund.reference: refund for refund in await payments.list_refunds(paid.reference)}
    assert listed.keys() == {ours.reference, theirs["id"]}
    mine = listed[str(ours.reference)]
    assert (mine.refund_key, mine.amount, mine.status) == (
        f"{number}:refund:1",
        Decimal("10.00"),
        "succeeded",
    )
    other = listed[theirs["id"]]
    assert (other.refund_key, other.amount) == (None, Decimal("1.50"))
