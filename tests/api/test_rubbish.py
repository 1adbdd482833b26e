"""Whatever is sent, the answer is a problem that says what is wrong with it."""

import json
from typing import Any

import httpx
import pytest

from tests.api.storefront import Storefront, code

HUGE = 10**30
ADDRESS = {
    "first_name": "Jane",
    "last_name": "Doe",
    "address_line1": "1 Rue de la Gare",
    "city": "Metz",
    "postal_code": "57000",
    "country": "FR",
}
ORDER = {"shipping_address_id": 1, "billing_address_id": 1}
ITEM = {"product_id": 1, "quantity": 1}
PERSON = {"email": "jane@example.com", "password": "correct horse", "first_name": "Jane", "last_name": "Doe"}
CART = "cart/some-session-00001"

BODIES: list[tuple[str, dict[str, Any]]] = [
    *[
        (f"{CART}/items", {**ITEM, "quantity": quantity})
        for quantity in (0, -1, 10_000, HUGE, 1.5, "2", True, None)
    ],
    *[(f"{CART}/items", {**ITEM, "product_id": product}) for product in (0, -1, HUGE, "1", None, [1])],
    (f"{CART}/items", {**ITEM, "price": 1}),
    (f"{CART}/items", {}),
    *[
        ("orders", {**ORDER, "expected_total": total})
        for total in (-1, "NaN", "Infinity", "1.999", HUGE, "x", [1])
    ],
    *[
        ("orders", {**ORDER, "session_id": session})
        for session in ("short", "x" * 65, "with space in it 1", 5)
    ],
    ("orders", {**ORDER, "total_amount": 1}),
    ("orders", {**ORDER, "shipping_address_id": HUGE}),
    ("orders", {**ORDER, "customer_notes": "x" * 2001}),
    ("orders", {**ORDER, "customer_notes": "a\x00b"}),
    ("orders", {**ORDER, "shipping_method": "a\x00b"}),
    ("orders", {"shipping_address_id": 1}),
    *[
        ("customers/addresses", {**ADDRESS, "city": city})
        for city in ("", "  ", "x" * 201, "a\x00b", "a\nb", 7)
    ],
    *[("customers/addresses", {**ADDRESS, "country": country}) for country in ("", "FRA", "F", 3)],
    ("customers/addresses", {**ADDRESS, "is_default": "yes"}),
    ("customers/addresses", {**ADDRESS, "id": 3}),
    *[
        ("customers/register", {**PERSON, "email": email})
        for email in ("jane", "a@b", "a\x00@b.example", "", 5)
    ],
    *[
        ("customers/register", {**PERSON, "password": password})
        for password in ("short", "x" * 129, 12345678)
    ],
    ("customers/register", {**PERSON, "first_name": "\ufdd019.90"}),
    ("customers/register", {**PERSON, "is_admin": True}),
    ("customers/login", {"email": "a\x00@b.example", "password": "x"}),
    ("customers/login", {"email": "jane@example.com", "password": ""}),
    ("checkout/quote", {"shipping_address_id": HUGE}),
    ("checkout/quote", {"shipping_address_id": 1, "shipping_method": "x" * 41}),
]
RAW: list[bytes] = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"quantity": NaN, "product_id": 1}',
    b'{"quantity": 1, "product_id": ' + b"9" * 5000 + b"}",
    b'{"quantity": 1, "product_id": 1, "note": "\\ud800"}',
    b"[" * 100_000,
]
QUERIES = ["limit=0", "limit=201", "limit=x", "skip=-1", f"skip={HUGE}", "cursor=%00", "cursor=abc"]
PATHS = [
    "products/0",
    f"products/{HUGE}",
    "products/abc",
    "products/-1",
    "cart/short",
    "cart/with%20space%20in%20the%20id",
    "cart/some-session-0000%00",
    "cart/" + "x" * 65,
    f"customers/addresses/{HUGE}",
    f"orders/my-orders/{HUGE}",
    "orders/placements/acme%00",
    "products?search=a%00b",
    "products?search=" + "x" * 201,
]


def _assert_names_the_fields(response: httpx.Response) -> None:
    assert (response.status_code, code(response)) == (422, "validation_failed"), response.text
    for error in response.json()["errors"]:
        assert set(error) == {"field", "code", "message"}
        assert all(error.values())


@pytest.mark.parametrize(("path", "body"), BODIES, ids=str)
async def test_bodies(
    client: httpx.AsyncClient, storefront: Storefront, path: str, body: dict[str, Any]
) -> None:
    _assert_names_the_fields(
        await client.post(f"{storefront.path}/{path}", json=body, headers=storefront.headers)
    )


async def test_bodies_that_are_no_json_object(client: httpx.AsyncClient, storefront: Storefront) -> None:
    headers = {**storefront.headers, "Content-Type": "application/json"}
    for path in (f"{CART}/items", "orders", "customers/login"):
        for raw in RAW:
            _assert_names_the_fields(
                await client.post(f"{storefront.path}/{path}", content=raw, headers=headers)
            )
        form = await client.post(
            f"{storefront.path}/{path}", data={"quantity": "1"}, headers=storefront.headers
        )
        _assert_names_the_fields(form)


async def test_paths_and_queries(client: httpx.AsyncClient, storefront: Storefront) -> None:
    for path in PATHS + [f"{noun}?{query}" for noun in ("products", "orders/my-orders") for query in QUERIES]:
        _assert_names_the_fields(await client.get(f"{storefront.path}/{path}", headers=storefront.headers))
    _assert_names_the_fields(await client.get(f"/api/v1/public/vendors/{HUGE}/products"))
    _assert_names_the_fields(await client.get("/api/v1/public/vendors/abc/cart/some-session-00001"))


async def test_field_names_are_the_clients_own(client: httpx.AsyncClient, storefront: Storefront) -> None:
    response = await client.post(
        f"{storefront.path}/{CART}/items", json={"quantity": 0, "color": "red"}, headers=storefront.headers
    )

    assert {(error["field"], error["code"]) for error in response.json()["errors"]} == {
        ("product_id", "missing"),
        ("quantity", "greater_than_equal"),
        ("color", "extra_forbidden"),
    }


async def test_odd_but_valid_text_is_kept_as_it_is(client: httpx.AsyncClient, storefront: Storefront) -> None:
    odd = "'; DROP TABLE orders; -- \u202e😀 é̈ <script>"

    response = await client.post(
        f"{storefront.path}/customers/addresses",
        content=json.dumps({**ADDRESS, "company": odd}),
        headers={**storefront.headers, "Content-Type": "application/json"},
    )

    assert response.status_code == 201, response.text
    assert response.json()["company"] == odd
