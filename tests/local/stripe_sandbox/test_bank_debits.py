"""SEPA debits: the mandate, the days in `processing`, and what the bank says in the end."""

import httpx
import pytest
import stripe

from local.stripe_sandbox.bank_accounts import BY_NAME, TEST_ACCOUNTS, iban_valid
from tests.local.stripe_sandbox.running import Receiver, eventually, expect_events

MANDATE = {
    "customer_acceptance": {"type": "online", "online": {"ip_address": "192.0.2.1", "user_agent": "t"}}
}
HOLDER = {"name": "Jenny Rosen", "email": "jenny@example.com"}


async def debit(
    client: stripe.StripeClient, method: str = "pm_success_de", **params: object
) -> stripe.PaymentIntent:
    wanted = {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": method}
    return await client.v1.payment_intents.create_async(
        {**wanted, "mandate_data": MANDATE, **params}  # type: ignore[typeddict-item]  # any
    )


async def settle(http: httpx.AsyncClient, intent: stripe.PaymentIntent, **wanted: str) -> httpx.Response:
    return await http.post(f"/_sandbox/payment_intents/{intent.id}/settle", json=wanted)


async def test_debit_of_a_typed_iban_is_processing_and_then_succeeds(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    method = await client.v1.payment_methods.create_async(
        {
            "type": "sepa_debit",
            "sepa_debit": {"iban": "DE89 3704 0044 0532 0130 00"},
            "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
        }
    )
    assert method.sepa_debit is not None
    assert (method.sepa_debit.bank_code, method.sepa_debit.last4) == ("37040044", "3000")
    ordered = await debit(client, method.id)
    assert (ordered.status, ordered.amount_received, ordered.next_action) == ("processing", 0, None)
    await expect_events(
        receiver,
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "charge.succeeded",
        "payment_intent.succeeded",
    )
    paid = await client.v1.payment_intents.retrieve_async(
        ordered.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (paid.status, paid.amount_received) == ("succeeded", 1990)
    assert (charge.id[:3], charge.status, charge.paid) == ("py_", "succeeded", True)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (charge.balance_transaction.net, charge.balance_transaction.type) == (1990, "payment")
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.sepa_debit is not None
    mandate = await client.v1.mandates.retrieve_async(str(charge.payment_method_details.sepa_debit.mandate))
    assert (mandate.status, mandate.payment_method) == ("active", method.id)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_failed_lu", "payment_intent_payment_attempt_failed"),
        ("pm_insufficientFunds_fr", "insufficient_funds"),
        ("pm_exceedsWeeklyVolumeLimit_be", "charge_exceeds_source_limit"),
    ],
)
async def test_failed_debit_is_told_late_and_leaves_a_payable_intent(
    client: stripe.StripeClient, receiver: Receiver, method: str, code: str
) -> None:
    ordered = await debit(client, method)
    assert ordered.status == "processing"
    await expect_events(
        receiver,
        "payment_intent.created",
        "payment_intent.processing",
        "charge.pending",
        "charge.failed",
        "payment_intent.payment_failed",
    )
    failed = await client.v1.payment_intents.retrieve_async(ordered.id)
    assert (failed.status, failed.payment_method) == ("requires_payment_method", None)
    assert failed.last_payment_error is not None
    assert (failed.last_payment_error.code, failed.last_payment_error.charge) == (code, ordered.latest_charge)
    charge = await client.v1.charges.retrieve_async(str(failed.latest_charge))
    assert (charge.status, charge.failure_code, charge.amount_captured) == ("failed", code, 0)
    paid = await client.v1.payment_intents.confirm_async(ordered.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


@pytest.mark.parametrize(
    ("outcome", "status"), [("succeed", "succeeded"), ("fail", "requires_payment_method")]
)
async def test_delayed_debit_waits_until_the_controls_settle_it(
    client: stripe.StripeClient, http: httpx.AsyncClient, outcome: str, status: str
) -> None:
    ordered = await debit(client, "pm_successDelayed_de")
    assert (await settle(http, ordered, outcome=outcome)).json()["status"] == status
    again = await settle(http, ordered, outcome=outcome)
    assert again.json()["error"]["code"] == "payment_intent_unexpected_state"


async def test_chosen_failure_code_is_on_the_charge(
    client: stripe.StripeClient, http: httpx.AsyncClient
) -> None:
    ordered = await debit(client, "pm_successDelayed_de")
    await settle(http, ordered, outcome="fail", failure_code="debit_not_authorized")
    charge = await client.v1.charges.retrieve_async(str(ordered.latest_charge))
    assert (charge.status, charge.failure_code) == ("failed", "debit_not_authorized")


async def test_pending_debit_is_neither_confirmed_captured_nor_refunded(client: stripe.StripeClient) -> None:
    ordered = await debit(client, "pm_successDelayed_de")
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        await client.v1.payment_intents.confirm_async(ordered.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="status of processing"):
        await client.v1.payment_intents.capture_async(ordered.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await client.v1.refunds.create_async({"payment_intent": ordered.id})


async def test_debit_can_be_cancelled_until_it_has_gone_to_the_bank(
    client: stripe.StripeClient, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    late = await debit(client, "pm_successDelayed_de")
    assert (await settle(http, late, outcome="submit")).json()["status"] == "processing"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.cancel_async(late.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    receiver.received.clear()
    early = await debit(client, "pm_successDelayed_de")
    cancelled = await client.v1.payment_intents.cancel_async(early.id)
    assert (cancelled.status, cancelled.amount_received) == ("canceled", 0)
    await eventually(lambda: {"charge.failed", "payment_intent.canceled"} <= set(receiver.types))
    charge = await client.v1.charges.retrieve_async(str(early.latest_charge))
    assert (charge.status, charge.balance_transaction) == ("failed", None)


async def test_debit_without_a_mandate_is_refused(client: stripe.StripeClient) -> None:
    intent = await client.v1.payment_intents.create_async({"amount": 1990, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="requires a mandate"):
        await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_success_de"})
    stored = await client.v1.payment_intents.retrieve_async(intent.id)
    assert stored.status == "requires_payment_method"


async def test_dispute_of_a_debit_is_lost_at_once(client: stripe.StripeClient, receiver: Receiver) -> None:
    ordered = await debit(client, "pm_disputed_de")
    await eventually(lambda: "charge.dispute.closed" in receiver.types)
    [dispute] = (await client.v1.disputes.list_async({"payment_intent": ordered.id})).data
    assert (dispute.status, dispute.reason, dispute.amount) == ("lost", "debit_not_authorized", 1990)
    assert sum(moved.amount for moved in dispute.balance_transactions) == -1990
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await client.v1.disputes.update_async(dispute.id, {"evidence": {"customer_name": "Jenny"}})


async def test_refund_of_a_debit_is_pending_first(client: stripe.StripeClient, receiver: Receiver) -> None:
    ordered = await debit(client)
    await eventually(lambda: "payment_intent.succeeded" in receiver.types)
    refund = await client.v1.refunds.create_async({"payment_intent": ordered.id, "amount": 990})
    assert (refund.id[:4], refund.status, refund.pending_reason) == ("pyr_", "pending", "processing")
    await eventually(lambda: "refund.updated" in receiver.types)
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sepa_debit": {"iban": "DE89370400440532013001"}}, "invalid_bank_account_iban"),
        ({"sepa_debit": {"iban": "GB33BUKB20201555555555"}}, "payment_method_invalid_parameter_testmode"),
        ({"billing_details": {"name": "Jenny"}}, "parameter_missing"),
        ({"sepa_debit": {}}, "parameter_missing"),
    ],
)
async def test_bad_bank_details_are_refused(
    client: stripe.StripeClient, change: dict[str, object], code: str
) -> None:
    given = {"type": "sepa_debit", "sepa_debit": {"iban": TEST_ACCOUNTS[0].iban}, "billing_details": HOLDER}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_methods.create_async({**given, **change})  # type: ignore[arg-type]  # a plain dict
    assert caught.value.code == code


async def test_every_documented_name_answers_its_account(client: stripe.StripeClient) -> None:
    for name, account in BY_NAME.items():
        method = await client.v1.payment_methods.retrieve_async(name)
        assert method.sepa_debit is not None
        assert (method.sepa_debit.country, method.sepa_debit.last4) == (account.iban[:2], account.iban[-4:])


def test_every_test_iban_has_valid_check_digits() -> None:
    assert [account.iban for account in TEST_ACCOUNTS if not iban_valid(account.iban)] == []
