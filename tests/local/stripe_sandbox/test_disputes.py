"""Disputes: opened, answered, accepted, decided, left unanswered; inquiries; and where the money is."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import stripe

from tests.local.stripe_sandbox.running import (
    Receiver,
    Sandbox,
    eventually,
    make_client,
    make_sandbox,
)


async def disputed(
    client: stripe.StripeClient, receiver: Receiver, method: str = "pm_card_createDispute"
) -> stripe.Dispute:
    """The dispute of a new payment, its events forgotten."""
    paid = await client.v1.payment_intents.create_async(
        {
            "amount": 1990,
            "currency": "eur",
            "capture_method": "automatic",
            "confirm": True,
            "payment_method": method,
        }
    )
    last = "charge.dispute.created" if "Inquiry" in method else "charge.dispute.funds_withdrawn"
    await eventually(lambda: last in receiver.types)
    receiver.received.clear()
    [dispute] = (await client.v1.disputes.list_async({"payment_intent": paid.id})).data
    return dispute


def balance(dispute: stripe.Dispute) -> int:
    return sum(moved.net for moved in dispute.balance_transactions)


async def decide(http: httpx.AsyncClient, dispute: stripe.Dispute, outcome: str) -> httpx.Response:
    return await http.post(f"/_sandbox/disputes/{dispute.id}/decide", json={"outcome": outcome})


@pytest.fixture
async def hurried(
    tmp_path: Path, receiver: Receiver, transport: stripe.HTTPXClient
) -> AsyncIterator[Sandbox]:
    """A sandbox where disputes must be answered within a second."""
    receiver.received.clear()
    sandbox = make_sandbox(tmp_path, receiver.url, dispute_window=1)
    sandbox.start()
    yield sandbox
    sandbox.stop()


async def test_dispute_takes_the_money_and_asks_for_evidence(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    dispute = await disputed(client, receiver)
    assert (dispute.status, balance(dispute)) == ("needs_response", -1990)
    assert dispute.evidence_details.due_by == dispute.created + 9 * 86_400
    [withdrawn] = dispute.balance_transactions
    assert (withdrawn.type, withdrawn.reporting_category) == ("adjustment", "dispute")


async def test_staged_evidence_is_not_sent_to_the_bank(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    dispute = await disputed(client, receiver)
    staged = await client.v1.disputes.update_async(
        dispute.id, {"evidence": {"customer_name": "Jenny Rosen"}, "submit": False}
    )
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert (staged.evidence.customer_name, staged.evidence_details.has_evidence) == ("Jenny Rosen", True)
    sent = await client.v1.disputes.update_async(dispute.id, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError, match="already been submitted"):
        await client.v1.disputes.update_async(dispute.id, {"evidence": {"customer_name": "J"}})
    await eventually(lambda: receiver.types == ["charge.dispute.updated"] * 2)


@pytest.mark.parametrize(
    ("text", "status", "money", "closing"),
    [
        ("winning_evidence", "won", 0, {"charge.dispute.funds_reinstated", "charge.dispute.closed"}),
        ("losing_evidence", "lost", -1990, {"charge.dispute.closed"}),
    ],
)
async def test_evidence_decides_the_dispute(
    client: stripe.StripeClient, receiver: Receiver, text: str, status: str, money: int, closing: set[str]
) -> None:
    dispute = await disputed(client, receiver)
    answered = await client.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": text}})
    assert answered.status == "under_review"
    await eventually(lambda: "charge.dispute.closed" in receiver.types)
    closed = await client.v1.disputes.retrieve_async(dispute.id)
    assert (closed.status, balance(closed)) == (status, money)
    assert set(receiver.types) == closing | {"charge.dispute.updated"}
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await client.v1.disputes.close_async(dispute.id)


async def test_accepted_dispute_is_lost(client: stripe.StripeClient, receiver: Receiver) -> None:
    dispute = await disputed(client, receiver)
    assert (await client.v1.disputes.close_async(dispute.id)).status == "lost"
    await eventually(lambda: receiver.types == ["charge.dispute.closed"])


@pytest.mark.parametrize(("outcome", "refundable"), [("won", True), ("lost", False)])
async def test_controls_decide_a_dispute_on_any_payment(
    client: stripe.StripeClient, http: httpx.AsyncClient, outcome: str, refundable: bool
) -> None:
    paid = await client.v1.payment_intents.create_async(
        {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
    )
    opened = await http.post(
        f"/_sandbox/payment_intents/{paid.id}/dispute", json={"reason": "duplicate", "amount": 500}
    )
    assert (opened.json()["amount"], opened.json()["reason"]) == (500, "duplicate")
    twice = await http.post(f"/_sandbox/payment_intents/{paid.id}/dispute")
    assert twice.status_code == 400
    dispute = await client.v1.disputes.retrieve_async(opened.json()["id"])
    assert (await decide(http, dispute, "escalated")).status_code == 400
    assert (await decide(http, dispute, outcome)).json()["status"] == outcome
    if refundable:
        assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).status == "succeeded"
        return
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert caught.value.code == "charge_disputed"


async def test_inquiry_takes_no_money_until_it_is_escalated(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    inquiry = await disputed(client, receiver, "pm_card_createDisputeInquiry")
    assert (inquiry.status, balance(inquiry), inquiry.is_charge_refundable) == (
        "warning_needs_response",
        0,
        True,
    )
    with pytest.raises(stripe.InvalidRequestError, match="is an inquiry"):
        await client.v1.disputes.close_async(inquiry.id)
    await client.v1.disputes.update_async(
        inquiry.id, {"evidence": {"uncategorized_text": "escalate_inquiry_evidence"}}
    )
    await eventually(lambda: "charge.dispute.funds_withdrawn" in receiver.types)
    escalated = await client.v1.disputes.retrieve_async(inquiry.id)
    assert (escalated.status, balance(escalated)) == ("needs_response", -1990)


async def test_closed_inquiry_leaves_the_money_where_it_is(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    inquiry = await disputed(client, receiver, "pm_card_createDisputeInquiry")
    closed = (await decide(http, inquiry, "warning_closed")).json()
    assert (closed["status"], closed["balance_transactions"]) == ("warning_closed", [])
    await eventually(lambda: receiver.types == ["charge.dispute.closed"])


async def test_unanswered_dispute_is_lost_when_the_time_is_over(
    hurried: Sandbox, transport: stripe.HTTPXClient, receiver: Receiver
) -> None:
    client = make_client(hurried.url, transport)
    dispute = await disputed(client, receiver)
    await eventually(lambda: "charge.dispute.closed" in receiver.types)
    lost = await client.v1.disputes.retrieve_async(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


async def test_evidence_files_and_unknown_evidence_are_refused(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    dispute = await disputed(client, receiver)
    for name in ("receipt", "alibi"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await client.v1.disputes.update_async(dispute.id, {"evidence": {name: "x"}})  # type: ignore[arg-type]  # not a literal
        assert caught.value.param == f"evidence[{name}]"
