"""Tracking: an order for whoever holds its signed link, without anything about a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from db.session import Database
from db.tables import Dispute, FindingRow, Order, OrderEvent, Payment
from domain.links import Link, LinkPurpose, Links
from tests.api.backoffice import create_order
from tests.api.storefront import Storefront, code, shop_path
from tests.builders import create_customer, create_vendor

NOW = datetime.now(UTC)
# Nothing that an order says to everybody contains any of these.
PRIVATE = {"first_name": "Wilhelmina", "last_name": "Quagga", "email": "private@vexillum.example"}
NOTES = "Under the begonia."


def token_for(storefront: Storefront, order: Order, **changes: Any) -> str:  # noqa: ANN401 -- any field of Link
    given: dict[str, Any] = {
        "purpose": LinkPurpose.TRACK,
        "vendor_id": order.vendor_id,
        "subject_id": order.id,
        "expires_at": NOW + timedelta(days=180),
    }
    return Links(storefront.settings.link_secret.get_secret_value()).sign(Link(**(given | changes)))


async def track(client: httpx.AsyncClient, storefront: Storefront, token: str) -> httpx.Response:
    return await client.get(f"{storefront.path}/orders/tracked/{token}")


async def store(database: Database, storefront: Storefront, **changes: Any) -> Order:  # noqa: ANN401 -- create_order's
    customer = await create_customer(database, storefront.vendor, **PRIVATE)
    return await create_order(database, customer, storefront.mug, **changes)


async def test_whoever_holds_the_link_sees_where_the_order_stands(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(database, storefront, status="shipped")
    shipped = {"carrier": "dhl", "tracking_number": "JD0123456789", "shipped_at": NOW}
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(shipped))

    answer = await track(client, storefront, token_for(storefront, order))

    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    seen = answer.json()
    assert (seen["order_number"], seen["status"], seen["payment_status"]) == (
        order.order_number,
        "shipped",
        "paid",
    )
    assert (seen["carrier"], seen["tracking_number"]) == ("dhl", "JD0123456789")
    assert "JD0123456789" in seen["tracking_url"]
    assert [(item["product_title"], item["quantity"]) for item in seen["items"]] == [("Coffee mug", 1)]
    assert (seen["total_amount"], seen["payment"]) == (19.9, None)
    assert (seen["next_step"]["step"], seen["next_step"]["for"]) == ("delivery", "carrier")
    assert seen["next_step"]["until"] is None
    assert [set(entry) for entry in seen["status_history"]] == [{"from_status", "to_status", "created_at"}]


async def test_nothing_about_a_person_is_shown(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(database, storefront, status="processing")
    written = {"customer_notes": NOTES, "shipping_address": PRIVATE, "billing_address": PRIVATE}
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(written))
        session.add(
            OrderEvent(
                vendor_id=order.vendor_id,
                order_id=order.id,
                sequence=2,
                type="order.processing",
                to_status="processing",
                payment_status="paid",
                actor_type="vendor",
                actor_id=987654321,
                notes=NOTES,
            )
        )

    answer = await track(client, storefront, token_for(storefront, order))

    said = answer.text.lower()
    assert answer.status_code == 200
    for private in (*PRIVATE.values(), NOTES, "987654321", "address", "customer_id", "notes", "actor"):
        assert private.lower() not in said, private


async def test_guest_can_still_pay_from_the_link_while_the_money_is_awaited(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(
        database, storefront, status="pending", payment_status="pending", payment_reference="pi_1"
    )
    expires = NOW + timedelta(minutes=30)
    async with database.platform() as session:
        await session.execute(update(Order).where(Order.id == order.id).values(payment_expires_at=expires))
        session.add(
            Payment(
                vendor_id=order.vendor_id,
                order_id=order.id,
                provider="stripe",
                provider_reference="pi_1",
                client_secret="pi_1_secret_2",
                amount=order.total_amount,
                currency="EUR",
                status="requires_payment_method",
            )
        )

    seen = (await track(client, storefront, token_for(storefront, order))).json()

    payment = seen["payment"]
    assert (payment["client_secret"], payment["publishable_key"]) == (
        "pi_1_secret_2",
        storefront.settings.stripe_publishable_key,
    )
    assert datetime.fromisoformat(payment["expires_at"]) == expires
    assert (seen["next_step"]["step"], seen["next_step"]["for"]) == ("payment", "customer")
    assert datetime.fromisoformat(seen["next_step"]["until"]) == expires


async def test_what_operators_and_banks_are_at_is_not_the_customers(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(database, storefront, status="confirmed")
    async with database.platform() as session:
        session.add(
            Dispute(
                vendor_id=order.vendor_id,
                order_id=order.id,
                provider_reference="du_1",
                amount=order.total_amount,
                currency="EUR",
                reason="fraudulent",
                status="needs_response",
                opened_at=NOW,
            )
        )
        session.add(
            FindingRow(
                vendor_id=order.vendor_id,
                order_id=order.id,
                code="payment_not_there",
                subject=order.order_number,
                state="attention",
                reason="-",
                first_seen=NOW,
                last_seen=NOW,
            )
        )

    answer = await track(client, storefront, token_for(storefront, order))

    assert answer.json()["next_step"]["step"] == "processing"
    assert "fraud" not in answer.text


async def test_link_of_another_shop_opens_nothing(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(database, storefront)
    other = await create_vendor(database)
    token = token_for(storefront, order)

    elsewhere = await client.get(f"{shop_path(other)}/orders/tracked/{token}")
    pretended = await track(client, storefront, token_for(storefront, order, vendor_id=other.id))
    stolen = await client.get(
        f"{shop_path(other)}/orders/tracked/{token_for(storefront, order, vendor_id=other.id)}"
    )

    assert (elsewhere.status_code, code(elsewhere)) == (404, "link_invalid")
    assert (pretended.status_code, code(pretended)) == (404, "link_invalid")
    assert (stolen.status_code, code(stolen)) == (404, "order_not_found")


@pytest.mark.parametrize("token", ["x", "a.b", "%F0%9F%98%80", "x" * 5000, "%00"])
async def test_rubbish_is_an_invalid_link(
    client: httpx.AsyncClient, storefront: Storefront, token: str
) -> None:
    answer = await track(client, storefront, token)

    assert (answer.status_code, code(answer)) == (404, "link_invalid")


async def test_expired_link_says_so_and_one_of_another_purpose_does_not_count(
    client: httpx.AsyncClient, storefront: Storefront, database: Database
) -> None:
    order = await store(database, storefront)
    late = await track(client, storefront, token_for(storefront, order, expires_at=NOW))
    account = await track(client, storefront, token_for(storefront, order, purpose=LinkPurpose.ACCOUNT))

    assert (late.status_code, code(late)) == (410, "link_expired")
    assert (account.status_code, code(account)) == (404, "link_invalid")
