"""Lists as reconciliation walks them: by time, in pages, in both directions, by parent and type."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stripe

from tests.local.stripe_sandbox.running import Receiver, eventually

KINDS = ("payment_intents", "charges", "refunds", "disputes", "events")
Lister = Callable[..., Awaitable[stripe.ListObject[Any]]]


def lister(client: stripe.StripeClient, kind: str) -> Lister:
    listed: Lister = getattr(client.v1, kind).list_async
    return listed


async def disputed_payment(client: stripe.StripeClient) -> stripe.PaymentIntent:
    """A payment with a charge, a refund (of the inquiry's money), a dispute and events."""
    paid = await client.v1.payment_intents.create_async(
        {
            "amount": 1990,
            "currency": "eur",
            "confirm": True,
            "payment_method": "pm_card_createDisputeInquiry",
            "transfer_group": "group",
        }
    )
    await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 100})
    return paid


async def made(client: stripe.StripeClient, receiver: Receiver, number: int) -> list[stripe.PaymentIntent]:
    """Payments with a dispute and a settled charge each: everything that will happen has."""
    receiver.received.clear()
    payments = [await disputed_payment(client) for _ in range(number)]
    await eventually(lambda: receiver.types.count("charge.dispute.created") == number)
    await eventually(lambda: receiver.types.count("charge.updated") == number)
    return payments


@pytest.mark.parametrize("kind", KINDS)
async def test_pages_forwards_and_backwards_meet_every_object_once(
    client: stripe.StripeClient, receiver: Receiver, kind: str
) -> None:
    await made(client, receiver, 5)
    listed = lister(client, kind)
    everything = [entry.id for entry in (await listed({"limit": 100})).data]
    assert len(everything) >= 5
    first = await listed({"limit": 2})
    assert ([entry.id for entry in first.data], first.has_more) == (everything[:2], True)
    assert [entry.id async for entry in first.auto_paging_iter()] == everything
    oldest = await listed({"limit": 2, "ending_before": everything[-1]})
    assert ([entry.id for entry in oldest.data], oldest.has_more) == (everything[-3:-1], True)
    last = await listed({"limit": 100, "starting_after": everything[-2]})
    assert ([entry.id for entry in last.data], last.has_more) == (everything[-1:], False)


@pytest.mark.parametrize("kind", KINDS)
async def test_time_range_is_inclusive_as_asked_and_pages(
    client: stripe.StripeClient, receiver: Receiver, kind: str
) -> None:
    await made(client, receiver, 1)
    listed = lister(client, kind)
    # `created` counts whole seconds.
    start = int(time.time()) + 1
    await eventually(lambda: time.time() >= start)
    await made(client, receiver, 2)
    later = (await listed({"created": {"gte": start}, "limit": 100})).data
    earlier = (await listed({"created": {"lt": start}, "limit": 100})).data
    everything = (await listed({"limit": 100})).data
    assert [entry.id for entry in [*later, *earlier]] == [entry.id for entry in everything]
    assert min(len(later), len(earlier)) >= 1
    end = later[0].created
    until = (await listed({"created": {"gt": start - 1, "lte": end}, "limit": 100})).data
    assert [entry.id for entry in until] == [entry.id for entry in later]
    page = await listed({"created": {"gte": start}, "limit": 1})
    assert [entry.id async for entry in page.auto_paging_iter()] == [entry.id for entry in later]


async def test_lists_narrow_down_to_one_payment(client: stripe.StripeClient, receiver: Receiver) -> None:
    one, other = await made(client, receiver, 2)
    for kind in ("charges", "refunds", "disputes"):
        listed = lister(client, kind)
        [entry] = (await listed({"payment_intent": one.id})).data
        assert entry.payment_intent == one.id
        if kind != "charges":
            [same] = (await listed({"charge": str(one.latest_charge)})).data
            assert same.id == entry.id
        assert (await listed({"payment_intent": "pi_missing"})).data == []
    assert len((await client.v1.charges.list_async({"transfer_group": "group"})).data) == 2
    assert (await client.v1.charges.list_async({"transfer_group": "others"})).data == []
    assert (await client.v1.charges.list_async({"customer": "cus_missing"})).data == []
    assert other.id != one.id


async def test_events_of_several_types_in_a_time_range_page(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    payments = await made(client, receiver, 3)
    start = min(payment.created for payment in payments)
    page = await client.v1.events.list_async(
        {"types": ["refund.created", "charge.dispute.*"], "created": {"gte": start}, "limit": 2}
    )
    found = [event.type async for event in page.auto_paging_iter()]
    assert sorted(found) == ["charge.dispute.created"] * 3 + ["refund.created"] * 3
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await client.v1.events.list_async({"type": "refund.created", "types": ["refund.created"]})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("params", "param"),
    [({"starting_after": "xx_missing"}, "starting_after"), ({"limit": 101}, "limit"), ({"x": 1}, "x")],
)
async def test_bad_list_parameter_is_refused_by_name(
    client: stripe.StripeClient, kind: str, params: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await lister(client, kind)(params)
    assert caught.value.param == param
