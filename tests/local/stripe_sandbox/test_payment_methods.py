"""PaymentMethods from typed-in card numbers, and the documented names of test cards."""

import httpx
import pytest
import stripe

from local.stripe_sandbox.cards import BY_NAME, TEST_CARDS, luhn_valid
from tests.local.stripe_sandbox.running import PUBLISHABLE_KEY

CARD = {
    "type": "card",
    "card[number]": "4242 4242 4242 4242",
    "card[exp_month]": "12",
    "card[exp_year]": "40",
}


async def typed(browser: httpx.AsyncClient, **change: str) -> httpx.Response:
    entered = {"key": PUBLISHABLE_KEY, **CARD, "card[cvc]": "123"}
    return await browser.post("/v1/payment_methods", data=entered | change)


async def test_typed_card_pays(browser: httpx.AsyncClient, client: stripe.StripeClient) -> None:
    method = (await typed(browser)).json()
    assert (method["card"]["last4"], method["card"]["exp_year"], method["card"]["brand"]) == (
        "4242",
        2040,
        "visa",
    )
    assert "_sandbox" not in method
    paid = await client.v1.payment_intents.create_async(
        {"amount": 1990, "currency": "eur", "confirm": True, "payment_method": method["id"]}
    )
    assert (paid.status, paid.payment_method) == ("succeeded", method["id"])


@pytest.mark.parametrize(
    ("field", "value", "code", "param"),
    [
        ("card[number]", "4242424242424241", "incorrect_number", "number"),
        ("card[number]", "4111111111111111", "card_declined", "number"),
        ("card[exp_year]", "2020", "invalid_expiry_year", "exp_year"),
        ("card[exp_month]", "13", "invalid_expiry_month", "exp_month"),
        ("card[cvc]", "1", "invalid_cvc", "cvc"),
    ],
)
async def test_bad_card_is_refused_by_field(
    browser: httpx.AsyncClient, field: str, value: str, code: str, param: str
) -> None:
    answer = await typed(browser, **{field: value})
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["code"], error["param"]) == (
        402,
        "card_error",
        code,
        param,
    )


async def test_every_documented_name_answers_its_card(client: stripe.StripeClient) -> None:
    for name, card in BY_NAME.items():
        method = await client.v1.payment_methods.retrieve_async(name)
        assert method.card is not None
        assert method.card.last4 == card.number[-4:]


def test_every_test_number_has_a_valid_check_digit() -> None:
    assert [card.number for card in TEST_CARDS if not luhn_valid(card.number)] == []
