"""Which steps are run again: every step of an order is in one of the kinds, and knows its number."""

from activities.account_messages import SendAccountLink
from activities.messages import Actor, ChangeStatus, OpenPayment, OrderRef, PlacementRef
from activities.operator_messages import OperatorNote, ResendEmail
from local.catching_up.sorting import ELSEWHERE, MAILED, PAYMENT_OPENED, STORED, event_number
from workflows import steps

_OF_OTHERS = frozenset(
    step.name
    for step in steps.STEPS
    if step.name.startswith(("check_placements", "check_orders", "check_payments", "check_reservations"))
    or step.name.startswith(("check_stock", "check_workflows", "check_messages", "settle_findings"))
    or "bulk_job" in step.name
    or "import" in step.name
    or step.name in ("change_orders", "note_message_mailed")
    or step.given is SendAccountLink
    or step.name in ("send_staff_link", "send_admin_link")
)
_REF = OrderRef(1, 2, "ACME-20261128-00001", sequence=7)


def test_every_step_of_an_order_is_of_one_kind() -> None:
    kinds = [STORED, ELSEWHERE, MAILED, frozenset({PAYMENT_OPENED})]

    assert sum(len(kind) for kind in kinds) == len(frozenset().union(*kinds))
    assert frozenset().union(*kinds) == {step.name for step in steps.STEPS} - _OF_OTHERS


def test_step_has_the_number_of_its_first_event() -> None:
    note = OperatorNote(order=_REF, operator="ada.l", reason="ticket 1")

    assert event_number(ChangeStatus(_REF, Actor("vendor", 3), "shipped", command_id=4)) == 7
    assert event_number(ResendEmail(note=note, kind="order_shipped")) == 7
    opened = OpenPayment(PlacementRef(1, 2, "ACME-20261128-00001"), 3, 2, 10, "EUR")  # type: ignore[arg-type]  # the amount does not matter
    assert event_number(opened) == 2
    assert event_number(object()) is None
