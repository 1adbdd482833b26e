"""Objects carry the fields that Stripe's API reference lists, no less and no more.

The names are those of the published example objects; what differs from them is listed with its reason.
"""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.local.stripe_sandbox.running import Receiver, eventually


@dataclass(frozen=True)
class Shape:
    """The documented names of one hash, those the sandbox leaves out, and those that only some have."""

    documented: str
    left_out: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)

    @property
    def expected(self) -> set[str]:
        return (set(self.documented.split()) - self.left_out.keys()) | self.added.keys()


_LEGACY = "only in answers of versions before 2022-11-15, since then when expanded"
SHAPES = {
    "payment_intent": Shape(
        "amount amount_capturable amount_details amount_received application application_fee_amount "
        "automatic_payment_methods canceled_at cancellation_reason capture_method client_secret "
        "confirmation_method created currency customer customer_account description "
        "excluded_payment_method_types id last_payment_error latest_charge livemode managed_payments "
        "metadata next_action object on_behalf_of payment_method payment_method_configuration_details "
        "payment_method_options payment_method_types processing receipt_email review setup_future_usage "
        "shipping source statement_descriptor statement_descriptor_suffix status transfer_data "
        "transfer_group",
        left_out={"managed_payments": "optional: only for accounts that sell through Managed Payments"},
    ),
    "charge": Shape(
        "amount amount_captured amount_refunded application application_fee application_fee_amount "
        "balance_transaction billing_details calculated_statement_descriptor captured created currency "
        "customer description disputed failure_balance_transaction failure_code failure_message "
        "fraud_details id livemode metadata object on_behalf_of outcome paid payment_intent payment_method "
        "payment_method_details receipt_email receipt_number receipt_url refunded refunds review shipping "
        "source source_transfer statement_descriptor statement_descriptor_suffix status transfer_data "
        "transfer_group",
        left_out={"refunds": _LEGACY},
    ),
    "charge.billing_details": Shape("address email name phone tax_id"),
    "charge.outcome": Shape(
        "advice_code network_advice_code network_decline_code network_status reason seller_message type",
        added={
            "risk_level": "documented, left out of the example",
            "risk_score": "documented, left out of the example",
        },
    ),
    "charge.payment_method_details.card": Shape(
        "amount_authorized authorization_code brand checks country exp_month exp_year extended_authorization "
        "fingerprint funding incremental_authorization installments last4 mandate multicapture network "
        "network_token network_transaction_id overcapture regulated_status three_d_secure "
        "transaction_link_id wallet"
    ),
    "refund": Shape(
        "amount balance_transaction charge created currency customer customer_account destination_details id "
        "metadata object payment_intent payment_method reason receipt_number source_transfer_reversal status "
        "transfer_reversal"
    ),
    "dispute": Shape(
        "amount balance_transactions charge created currency enhanced_eligibility_types evidence "
        "evidence_details id is_charge_refundable livemode metadata object payment_intent "
        "payment_method_details reason status"
    ),
    "dispute.evidence": Shape(
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
        "cancellation_rebuttal customer_communication customer_email_address customer_name "
        "customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation "
        "duplicate_charge_id enhanced_evidence product_description receipt refund_policy "
        "refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
        "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
        "uncategorized_file uncategorized_text"
    ),
    "dispute.evidence_details": Shape("due_by enhanced_eligibility has_evidence past_due submission_count"),
    "dispute.payment_method_details.card": Shape("brand case_type network network_reason_code"),
    "event": Shape("api_version created data id livemode object pending_webhooks request type"),
    "event.request": Shape("id idempotency_key"),
    "payment_method": Shape(
        "allow_redisplay billing_details card created customer customer_account id livemode metadata object "
        "type"
    ),
    "payment_method.card": Shape(
        "brand checks country display_brand exp_month exp_year fingerprint funding generated_from last4 "
        "networks regulated_status three_d_secure_usage wallet"
    ),
    "balance_transaction": Shape(
        "amount available_on balance_type created currency description exchange_rate fee fee_details id net "
        "object reporting_category source status type"
    ),
}
# Fields that appear only in some states, as documented for the field.
OCCASIONAL = {
    "charge.payment_method_details.card": {"capture_before": "while the amount is only authorised"},
    "refund": {
        "failure_balance_transaction": "after a failure",
        "failure_reason": "after a failure",
        "pending_reason": "while pending",
    },
}

CARD = {"amount": "1990", "currency": "eur", "confirm": "true", "payment_method": "pm_card_createDispute"}
DEBIT = {
    **CARD,
    "payment_method": "pm_success_de",
    "mandate_data[customer_acceptance][type]": "offline",
}


def at(body: dict[str, Any], path: str) -> dict[str, Any]:
    """The hash at a dotted path whose first part names the object."""
    for name in path.split(".")[1:]:
        body = body[name]
    return body


async def get(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(path)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


async def newest(http: httpx.AsyncClient, kind: str) -> dict[str, Any]:
    body: dict[str, Any] = (await get(http, f"/v1/{kind}s?limit=1"))["data"][0]
    return body


@pytest.fixture
async def objects(http: httpx.AsyncClient, receiver: Receiver) -> dict[str, dict[str, Any]]:
    """One of every kind, as the API answers it."""
    paid = (await http.post("/v1/payment_intents", data=CARD)).json()
    await eventually(lambda: "charge.dispute.created" in receiver.types)
    await eventually(lambda: "charge.updated" in receiver.types)
    dispute = await newest(http, "dispute")
    other = (await http.post("/v1/payment_intents", data=CARD | {"payment_method": "pm_card_visa"})).json()
    refund = (await http.post("/v1/refunds", data={"payment_intent": other["id"], "amount": "100"})).json()
    return {
        "payment_intent": await get(http, f"/v1/payment_intents/{paid['id']}"),
        "charge": await get(http, f"/v1/charges/{paid['latest_charge']}"),
        "refund": await get(http, f"/v1/refunds/{refund['id']}"),
        "dispute": dispute,
        "event": await newest(http, "event"),
        "payment_method": await get(http, f"/v1/payment_methods/{paid['payment_method']}"),
        "balance_transaction": dispute["balance_transactions"][0],
    }


async def test_objects_have_the_documented_fields(objects: dict[str, dict[str, Any]]) -> None:
    differing = {
        path: set(at(objects[path.partition(".")[0]], path)) ^ shape.expected
        for path, shape in SHAPES.items()
    }
    assert {path: names for path, names in differing.items() if names} == {}


async def test_lists_and_events_carry_the_objects_as_they_are(
    http: httpx.AsyncClient, objects: dict[str, dict[str, Any]]
) -> None:
    for kind in ("payment_intent", "charge", "refund", "dispute"):
        assert set(await newest(http, kind)) == SHAPES[kind].expected
    for event in (await get(http, "/v1/events?limit=100"))["data"]:
        subject = event["data"]["object"]
        assert set(subject) == SHAPES[subject["object"]].expected
        assert set(event["data"]) <= {"object", "previous_attributes"}


@pytest.mark.parametrize(
    ("set_up", "path", "names"),
    [
        ({"capture_method": "manual"}, "charge.payment_method_details.card", {"capture_before"}),
        ({"outcome": "waits"}, "refund", {"pending_reason"}),
        ({"outcome": "fails_at_once"}, "refund", {"failure_balance_transaction", "failure_reason"}),
    ],
)
async def test_occasional_fields_are_there_in_their_states(
    http: httpx.AsyncClient, set_up: dict[str, str], path: str, names: set[str]
) -> None:
    form = CARD | {"payment_method": "pm_card_visa"}
    if "capture_method" in set_up:
        form |= set_up
    paid = (await http.post("/v1/payment_intents", data=form)).json()
    body = await get(http, f"/v1/charges/{paid['latest_charge']}")
    if "outcome" in set_up:
        await http.post(f"/_sandbox/payment_intents/{paid['id']}/refunds", json=set_up)
        body = (await http.post("/v1/refunds", data={"payment_intent": paid["id"]})).json()
    assert names <= OCCASIONAL[path].keys()
    assert set(at(body, path)) == SHAPES[path].expected | names


async def test_bank_debits_differ_only_in_the_fields_of_the_method(
    http: httpx.AsyncClient, objects: dict[str, dict[str, Any]]
) -> None:
    ordered = (await http.post("/v1/payment_intents", data=DEBIT)).json()
    charge = await get(http, f"/v1/charges/{ordered['latest_charge']}")
    method = await get(http, f"/v1/payment_methods/{ordered['payment_method']}")
    assert set(ordered) == SHAPES["payment_intent"].expected
    assert set(charge) == SHAPES["charge"].expected
    assert set(method) == SHAPES["payment_method"].expected - {"card"} | {"sepa_debit"}
    shown = "bank_code branch_code country fingerprint generated_from last4"
    assert set(method["sepa_debit"]) == set(shown.split())
    charged = "bank_code branch_code country expected_debit_date fingerprint last4 mandate"
    assert set(charge["payment_method_details"]["sepa_debit"]) == set(charged.split())
