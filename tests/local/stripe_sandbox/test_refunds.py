"""Refunds: full, partial, too much, failing later, pending; and disputes, which forbid them."""

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import Receiver, eventually, expect_events

PAID_EVENTS = ("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated")


async def pay(client: stripe.StripeClient, method: str = "pm_card_visa") -> stripe.PaymentIntent:
    return await client.v1.payment_intents.create_async(
        {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": method}
    )


async def charge_of(client: stripe.StripeClient, intent: stripe.PaymentIntent) -> stripe.Charge:
    return await client.v1.charges.retrieve_async(str(intent.latest_charge))


async def test_full_refund_leaves_nothing_to_refund(client: stripe.StripeClient) -> None:
    paid = await pay(client)
    refund = await client.v1.refunds.create_async(
        {"payment_intent": paid.id, "reason": "requested_by_customer", "metadata": {"order": "ACME-1"}}
    )
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 1990, paid.latest_charge)
    charge = await charge_of(client, paid)
    assert (charge.refunded, charge.amount_refunded) == (True, 1990)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"charge": charge.id})
    assert caught.value.code == "charge_already_refunded"


async def test_partial_refunds_add_up_and_never_exceed_the_charge(client: stripe.StripeClient) -> None:
    paid = await pay(client)
    with pytest.raises(stripe.InvalidRequestError, match=r"€19\.91.*greater than charge amount \(€19\.90\)"):
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1991})
    first = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    with pytest.raises(
        stripe.InvalidRequestError, match=r"greater than unrefunded amount on charge \(€14\.90\)"
    ):
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1491})
    assert not (await charge_of(client, paid)).refunded
    rest = await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert rest.amount == 1490
    listed = await client.v1.refunds.list_async({"payment_intent": paid.id, "limit": 1})
    assert ([entry.id for entry in listed.data], listed.has_more) == ([rest.id], True)
    older = await client.v1.refunds.list_async({"charge": str(paid.latest_charge), "starting_after": rest.id})
    assert [entry.id for entry in older.data] == [first.id]


async def test_unknown_reason_is_refused(client: stripe.StripeClient) -> None:
    paid = await pay(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": paid.id, "reason": "bored"})
    assert caught.value.param == "reason"
    assert (await charge_of(client, paid)).amount_refunded == 0


async def test_unpaid_payment_has_nothing_to_refund(client: stripe.StripeClient) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_failing_refund_succeeds_first_and_restores_the_charge(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    paid = await pay(client, "pm_card_refundFail")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 700})
    assert refund.status == "succeeded"
    await eventually(lambda: "refund.failed" in receiver.types)
    failed = await client.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = await charge_of(client, paid)
    assert (charge.amount_refunded, charge.refunded) == (0, False)


async def test_pending_refund_succeeds_later(client: stripe.StripeClient, receiver: Receiver) -> None:
    paid = await pay(client, "pm_card_pendingRefund")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.status == "pending"
    await eventually(lambda: "refund.updated" in receiver.types)
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


async def test_refund_metadata_changes_and_cancel_is_refused(client: stripe.StripeClient) -> None:
    paid = await pay(client)
    refund = await client.v1.refunds.create_async(
        {"payment_intent": paid.id, "metadata": {"a": "1", "b": "2"}}
    )
    changed = await client.v1.refunds.update_async(refund.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        await client.v1.refunds.cancel_async(refund.id)


async def test_dispute_follows_the_payment_and_forbids_a_refund(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    paid = await pay(client, "pm_card_createDispute")
    assert paid.status == "succeeded"
    await eventually(lambda: "charge.dispute.created" in receiver.types)
    [dispute] = (await client.v1.disputes.list_async({"payment_intent": paid.id})).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 1990)
    assert (await charge_of(client, paid)).disputed
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert caught.value.code == "charge_disputed"


async def set_refunds(http: httpx.AsyncClient, paid: stripe.PaymentIntent, **wanted: str) -> None:
    answer = await http.post(f"/_sandbox/payment_intents/{paid.id}/refunds", json=wanted)
    answer.raise_for_status()


async def test_refund_can_fail_in_the_answer(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    paid = await pay(client)
    await set_refunds(http, paid, outcome="fails_at_once", failure_reason="lost_or_stolen_card")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 700})
    assert (refund.status, refund.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (await charge_of(client, paid)).amount_refunded == 0
    moved = [
        await client.v1.balance_transactions.retrieve_async(str(entry))
        for entry in (refund.balance_transaction, refund.failure_balance_transaction)
    ]
    assert sum(entry.net for entry in moved) == 0
    await set_refunds(http, paid, outcome="succeeds")
    assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).amount == 1990
    await expect_events(receiver, *PAID_EVENTS, *2 * ("refund.created",), "refund.failed", "charge.refunded")


@pytest.mark.parametrize(
    ("outcome", "first", "last", "refunded"),
    [
        ("pends", "pending", "succeeded", 1990),
        ("pends_then_fails", "pending", "failed", 0),
        ("fails", "succeeded", "failed", 0),
    ],
)
async def test_refund_ends_later_as_set(
    client: stripe.StripeClient,
    http: httpx.AsyncClient,
    receiver: Receiver,
    outcome: str,
    first: str,
    last: str,
    refunded: int,
) -> None:
    paid = await pay(client)
    await set_refunds(http, paid, outcome=outcome, failure_reason="declined")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.status == first
    failed = ("refund.failed",) if last == "failed" else ()
    await expect_events(
        receiver,
        *PAID_EVENTS,
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
        *failed,
    )
    ended = await client.v1.refunds.retrieve_async(refund.id)
    assert (ended.status, getattr(ended, "failure_reason", None)) == (last, "declined" if failed else None)
    assert (await charge_of(client, paid)).amount_refunded == refunded


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "succeeded"), ("fail", "failed")])
async def test_waiting_refund_ends_when_the_controls_say_so(
    client: stripe.StripeClient, http: httpx.AsyncClient, outcome: str, status: str
) -> None:
    paid = await pay(client)
    await set_refunds(http, paid, outcome="waits")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.pending_reason == "processing"
    path = f"/_sandbox/refunds/{refund.id}/decide"
    assert (await http.post(path, json={"outcome": outcome})).json()["status"] == status
    assert (await http.post(path, json={"outcome": "succeed"})).status_code == 400
    refused = await http.post(path, json={"outcome": "fail", "failure_reason": "bad_mood"})
    assert refused.status_code == 400
