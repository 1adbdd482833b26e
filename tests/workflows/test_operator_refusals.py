"""What operators may not paste: it is refused with a code, before it leaves a history."""

import pytest

from tests.workflows.operating import WHO, history_length, operator_events, refused
from tests.workflows.shop import Shop
from workflows.messages import OrderPolicy

RECORDED = False


@pytest.mark.parametrize(
    ("update", "argument", "code"),
    [
        ("retry_step", WHO | {"operator": "Ada Lovelace"}, "operator_request_invalid"),
        ("retry_step", WHO | {"reason": ""}, "operator_request_invalid"),
        ("retry_step", WHO | {"step": "no_such_step"}, "transition_not_allowed"),
        ("extend_deadline", WHO, "operator_request_invalid"),
        (
            "extend_deadline",
            WHO | {"seconds": 60, "until": "2026-11-22T12:00:00Z"},
            "operator_request_invalid",
        ),
        ("extend_deadline", WHO | {"seconds": -60}, "operator_request_invalid"),
        ("extend_deadline", WHO | {"seconds": 91 * 86_400}, "operator_request_invalid"),
        ("extend_deadline", WHO | {"until": "2020-01-01T00:00:00Z"}, "operator_request_invalid"),
        ("resend_email", WHO | {"kind": "love_letter"}, "operator_request_invalid"),
        ("force_refund", WHO, "transition_not_allowed"),
        ("force_refund", WHO | {"amount": "all"}, None),
        ("force_refund", WHO | {"amonut": "1.00"}, None),
        ("release_stock", {"operator": "ada.l"}, None),
        ("release_stock", "please", None),
    ],
    ids=str,
)
async def test_rubbish_is_refused_and_leaves_no_history(
    shop: Shop, update: str, argument: object, code: str | None
) -> None:
    given = await shop.claim(policy=OrderPolicy(poll_first=600, poll_most=600))
    await shop.place(given)
    before = await history_length(shop, given)
    found = await refused(shop.handle(given).execute_update(update, argument))
    assert code in (None, found)
    assert await history_length(shop, given) == before
    assert await operator_events(shop, given) == []
    assert await shop.stock(shop.mug) == (8, 2)
