"""What is done from the page of an order, with nothing behind it and with the real workflow."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from api.cookies import CSRF_FIELD
from db.tables import Order, OrderCommand, OrderEvent, Payment, Refund, VendorUser
from tests.api.backoffice import create_order, vendor_headers
from tests.api.order_events import happen
from tests.api.pages.browsing import Browser, Read, SentTo, desk_browser
from tests.api.storefront import Storefront
from tests.builders import create_vendor, create_vendor_user

JSON = "/api/v1/vendor/orders"


@pytest_asyncio.fixture
async def user(storefront: Storefront) -> VendorUser:
    return await create_vendor_user(storefront.database, storefront.vendor, role="staff")


@pytest.fixture
def desk(client: httpx.AsyncClient, storefront: Storefront, user: VendorUser) -> Browser:
    return desk_browser(client, storefront.settings, user)


async def _form(desk: Browser, order_id: int, below: str, ending: str) -> SentTo:
    _, page = await desk.open(f"/orders/{order_id}{below}")
    return page.form(ending)


async def _paid_order(storefront: Storefront, *, status: str = "shipped") -> Order:
    order = await create_order(storefront.database, storefront.customer, storefront.mug, status=status)
    payment = Payment(
        vendor_id=order.vendor_id,
        order_id=order.id,
        provider="stripe",
        amount=order.total_amount,
        currency="EUR",
        status="succeeded",
    )
    async with storefront.database.platform() as session:
        session.add(payment)
    return order


async def test_temporal_that_is_away_is_said_and_what_was_typed_stays(
    desk: Browser, storefront: Storefront
) -> None:
    order = await _paid_order(storefront, status="confirmed")
    moving = await _form(desk, order.id, "/status?to=shipped", "/status")
    refunding = await _form(desk, order.id, "/refunds", "/refunds")

    moved = await desk.client.post(
        moving.action, data={**moving.fields, "carrier": "DHL", "tracking_number": "TN-7"}
    )
    refunded = await desk.client.post(
        refunding.action, data={**refunding.fields, "kind": "rest", "reason": "Late", "expected": "19.90"}
    )

    for answer, form, ending in ((moved, moving, "/status"), (refunded, refunding, "/refunds")):
        read = Read(answer.text)
        assert answer.status_code == 503
        assert "The order system does not answer at the moment." in read.text
        # Sent once more it is the same wish.
        assert read.form(ending).fields["key"] == form.fields["key"]
    assert Read(moved.text).form("/status").fields["tracking_number"] == "TN-7"
    assert Read(refunded.text).form("/refunds").fields["reason"] == "Late"


@pytest.mark.parametrize("wanted", ["cancelled", "shipped"])
async def test_what_is_still_possible_is_not_done_to_an_order_that_moved_unseen(
    desk: Browser, storefront: Storefront, wanted: str
) -> None:
    """A colleague began to prepare it: whoever is about to cancel it has to see that first."""
    order = await _paid_order(storefront, status="confirmed")
    form = await _form(desk, order.id, f"/status?to={wanted}", "/status")
    await happen(storefront.database, order, "processing")

    late = await desk.client.post(form.action, data={**form.fields, "reason": "vendor", "notes": "Typed."})
    again = Read(late.text).form("/status")
    async with storefront.database.platform() as session:
        asked = (await session.scalars(select(OrderCommand))).all()
    knowing = await desk.client.post(again.action, data={**again.fields, "reason": "vendor"})

    assert (late.status_code, "This order has moved meanwhile. Being prepared" in Read(late.text).text) == (
        409,
        True,
    )
    assert "Typed." in late.text
    assert (again.fields["seen"], again.fields["status"], list(asked)) == ("processing", wanted, [])
    # Temporal is away in this test, so what is asked for knowingly is answered with 503.
    assert knowing.status_code == 503


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"status": "shipped", "tracking_number": "x" * 65}, "Please check this."),
        ({"status": "shipped", "notes": "x" * 2001}, "This is too long."),
        ({"status": "elsewhere"}, "Please look at what is marked below."),
        ({"status": ""}, "Please look at what is marked below."),
        ({"status": "cancelled", "reason": "mood"}, "Please look at what is marked below."),
    ],
)
async def test_rubbish_is_refused_beside_what_was_typed(
    desk: Browser, storefront: Storefront, typed: dict[str, str], said: str
) -> None:
    order = await _paid_order(storefront, status="confirmed")
    form = await _form(desk, order.id, "/status", "/status")

    answer = await desk.client.post(form.action, data={**form.fields, **typed})

    assert (answer.status_code, said in Read(answer.text).text) == (422, True)
    async with storefront.database.platform() as session:
        assert (await session.scalars(select(OrderCommand))).all() == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ({"kind": "items", "quantity-ITEM": "1"}, "Goes back to the customer €19.90"),
        ({"kind": "amount", "amount": "5,50"}, "Goes back to the customer €5.50"),
        ({"kind": "rest"}, "Goes back to the customer €19.90"),
        ({"kind": "amount", "amount": "20"}, "At most 19.90 can still be refunded."),
        ({"kind": "items", "quantity-ITEM": "2"}, "At most 1 of this line can still be refunded."),
        ({"kind": "items", "shipping": "on"}, "The order's shipping was free"),
    ],
)
async def test_preview_says_what_it_comes_to(
    desk: Browser, storefront: Storefront, typed: dict[str, str], shown: str
) -> None:
    order = await _paid_order(storefront)
    form = await _form(desk, order.id, "/refunds", "/refunds")
    item = next(name for name in form.fields if name.startswith("quantity-"))
    given = {name.replace("quantity-ITEM", item): value for name, value in typed.items()}

    answer = await desk.client.post(f"{form.action}/preview", data={**form.fields, **given})

    text = Read(answer.text).text
    assert answer.status_code == 200
    assert shown in text
    assert "€19.90 of €19.90 can still be refunded." in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"kind": "items", "reason": "x"}, "Please choose how many of what go back."),
        ({"kind": "items", "quantity-x": "1", "reason": "x"}, "Please choose how many of what go back."),
        ({"kind": "amount", "amount": "1.005", "reason": "x"}, "Please look at what is marked below."),
        ({"kind": "amount", "amount": "", "reason": "x"}, "Please fill this in."),
        ({"kind": "amount", "amount": "a lot", "reason": "x"}, "Please enter an amount such as 19.90"),
        ({"kind": "amount", "amount": "-1", "reason": "x"}, "Please enter an amount such as 19.90"),
        ({"kind": "rest", "reason": " "}, "Please fill this in."),
    ],
)
async def test_refund_that_is_not_clear_is_not_sent(
    desk: Browser, storefront: Storefront, typed: dict[str, str], said: str
) -> None:
    order = await _paid_order(storefront)
    form = await _form(desk, order.id, "/refunds", "/refunds")

    answer = await desk.client.post(form.action, data={**form.fields, **typed})

    assert (answer.status_code, said in Read(answer.text).text) == (422, True)
    async with storefront.database.platform() as session:
        assert (await session.scalars(select(OrderCommand))).all() == []


async def test_order_that_was_not_paid_has_nothing_to_refund(desk: Browser, storefront: Storefront) -> None:
    order = await create_order(
        storefront.database, storefront.customer, storefront.mug, payment_status="pending"
    )

    _, page = await desk.open(f"/orders/{order.id}/refunds")

    assert "This order has not been paid, so there is nothing to refund." in page.text
    assert [form.action for form in page.forms] == ["/vendor/logout"]


async def test_neither_viewers_nor_strangers_do_anything(
    client: httpx.AsyncClient, storefront: Storefront
) -> None:
    order = await _paid_order(storefront)
    stranger = await create_vendor_user(storefront.database, await create_vendor(storefront.database))
    viewer = await create_vendor_user(storefront.database, storefront.vendor, role="viewer")
    wishes = {
        "status": {"status": "delivered"},
        "refunds": {"kind": "rest", "reason": "x", "expected": "19.90"},
        "refunds/preview": {"kind": "rest"},
        "messages": {"body": "x"},
        "notes": {"body": "x"},
    }

    for somebody, status in ((stranger, 404), (viewer, 403)):
        desk = desk_browser(client, storefront.settings, somebody)
        _, page = await desk.open("/orders")
        token = page.form("/logout").fields[CSRF_FIELD]
        for below, wish in wishes.items():
            path = f"/vendor/orders/{order.id}/{below}"
            answer = await client.post(path, data={**wish, CSRF_FIELD: token})
            assert (below, answer.status_code) == (below, status)
            forged = await client.post(path, data=wish)
            assert forged.status_code == 403


@pytest_asyncio.fixture
async def placed(api: httpx.AsyncClient, storefront: Storefront, worker: None) -> dict[str, Any]:
    """An order for two mugs, to be paid by hand, with its workflow."""
    answer = await storefront.order(api, await storefront.cart([(storefront.mug, 2)]))
    assert answer.status_code == 201, answer.text
    order: dict[str, Any] = answer.json()
    return order


async def test_order_is_moved_once_refunded_once_and_never_unseen(
    api: httpx.AsyncClient, storefront: Storefront, user: VendorUser, placed: dict[str, Any]
) -> None:
    desk = desk_browser(api, storefront.settings, user)
    headers = vendor_headers(storefront.settings, user)
    order_id = placed["id"]

    # Confirmed twice by one form, which is once.
    form = await _form(desk, order_id, "/status?to=confirmed", "/status")
    sent = [await api.post(form.action, data=form.fields) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in sent] == [
        (303, f"/vendor/orders/{order_id}")
    ] * 2

    # Shipped by somebody else while the dialog was open: their number stays, and ours is still to be read.
    form = await _form(desk, order_id, "/status?to=shipped", "/status")
    theirs = {"status": "shipped", "tracking_number": "THEIRS"}
    assert (await api.put(f"{JSON}/{order_id}/status", json=theirs, headers=headers)).status_code == 200
    late = await api.post(form.action, data={**form.fields, "tracking_number": "OURS"})
    read = Read(late.text)
    assert late.status_code == 409
    assert "This order has moved meanwhile. Shipped" in read.text
    assert "Olga Owner did it" in read.text
    assert "You had typed: OURS" in read.text
    assert "Mark as delivered" in read.text

    # Gone back: what was not shown is shown first, and one form pays once.
    form = await _form(desk, order_id, "/refunds", "/refunds")
    item = next(name for name in form.fields if name.startswith("quantity-"))
    wish = {**form.fields, "kind": "items", item: "1", "restock": "on", "reason": "Broken"}
    asked = await api.post(form.action, data=wish)
    confirmed = Read(asked.text).form("/refunds")
    assert (asked.status_code, confirmed.fields["expected"]) == (409, "23.29")
    wish |= {"expected": "23.29", "key": confirmed.fields["key"]}
    paid = [(await api.post(form.action, data=wish)).status_code for _ in range(2)]
    assert paid == [303, 303]

    async with storefront.database.platform() as session:
        order = await session.get_one(Order, order_id)
        refunds = (await session.scalars(select(Refund))).all()
        moves = await session.scalars(select(OrderEvent.to_status).where(OrderEvent.to_status.is_not(None)))
        assert list(moves) == ["pending", "confirmed", "shipped"]
    assert (order.tracking_number, [refund.amount for refund in refunds]) == ("THEIRS", [Decimal("23.29")])


async def test_order_is_cancelled_for_a_reason_and_by_nobody_else_meanwhile(
    api: httpx.AsyncClient, storefront: Storefront, user: VendorUser, placed: dict[str, Any]
) -> None:
    desk = desk_browser(api, storefront.settings, user)
    form = await _form(desk, placed["id"], "/status?to=cancelled", "/status")
    wish = {**form.fields, "reason": "fraud", "restock": "on", "notes": "Third time."}

    sent = [await api.post(form.action, data=wish) for _ in range(2)]
    other = await api.post(form.action, data={**wish, "notes": "Once more."})

    assert [answer.status_code for answer in sent] == [303, 303]
    assert other.status_code == 409
    assert "Nothing else can follow." in Read(other.text).text
    async with storefront.database.platform() as session:
        events = (await session.scalars(select(OrderEvent).where(OrderEvent.to_status == "cancelled"))).all()
    [event] = events
    assert event.notes == "Third time."
    assert event.data["reason"] == "fraud"
    assert (event.data["restock"], event.data["notify_customer"]) == (True, False)
    _, page = await desk.open(f"/orders/{placed['id']}")
    assert "Order cancelled: it looked like fraud" in page.text
    assert "customer not told" in page.text
