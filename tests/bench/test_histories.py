"""Billable actions, by Temporal's rules for its cloud."""

from temporalio.api.common.v1 import Payload, SearchAttributes
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskStartedEventAttributes,
    HistoryEvent,
    MarkerRecordedEventAttributes,
    UpsertWorkflowSearchAttributesEventAttributes,
)

from bench.histories import billable_actions, cost_of, first_task, is_at_rest

STARTED = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
ACCEPTED = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
ANSWERED = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
SIGNALED = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
TIMER = HistoryEvent(event_type=EventType.EVENT_TYPE_TIMER_STARTED)
TASK = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)


def marker(task: int) -> HistoryEvent:
    """What a local activity leaves, recorded when that workflow task completed."""
    attributes = MarkerRecordedEventAttributes(
        marker_name="core_local_activity", workflow_task_completed_event_id=task
    )
    return HistoryEvent(
        event_type=EventType.EVENT_TYPE_MARKER_RECORDED, marker_recorded_event_attributes=attributes
    )


def activity(attempt: int) -> HistoryEvent:
    """An activity whose last attempt was this one."""
    return HistoryEvent(
        event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED,
        activity_task_started_event_attributes=ActivityTaskStartedEventAttributes(attempt=attempt),
    )


def upsert(*names: str) -> HistoryEvent:
    """A change of these search attributes."""
    attributes = SearchAttributes(indexed_fields={name: Payload() for name in names})
    return HistoryEvent(
        event_type=EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        upsert_workflow_search_attributes_event_attributes=UpsertWorkflowSearchAttributesEventAttributes(
            search_attributes=attributes
        ),
    )


def test_start_messages_and_timers_are_one_action_each() -> None:
    assert billable_actions([STARTED, ACCEPTED, TASK, ANSWERED, SIGNALED, TIMER]) == 4


def test_local_activities_of_one_task_are_one_action() -> None:
    assert billable_actions([marker(4), marker(4), marker(9)]) == 2


def test_every_attempt_of_an_activity_is_an_action() -> None:
    assert billable_actions([activity(1), activity(3)]) == 4


def test_search_attributes_are_an_action_unless_they_only_name_a_patch() -> None:
    assert billable_actions([upsert("OrderStatus", "PaymentStatus"), upsert("TemporalChangeVersion")]) == 1


def test_costs_are_the_middle_of_some_orders() -> None:
    short, long = [STARTED, ACCEPTED], [STARTED, ACCEPTED, TIMER, TIMER, TIMER, TIMER]

    cost = cost_of("orders", [short, long, [STARTED, ACCEPTED, SIGNALED]])

    assert (cost.events, cost.actions) == (3, 3)
    assert cost.size == STARTED.ByteSize() + ACCEPTED.ByteSize() + SIGNALED.ByteSize()


def test_first_task_ends_where_the_second_begins() -> None:
    assert first_task([STARTED, TASK, ACCEPTED, ANSWERED, TASK, TIMER]) == [STARTED, TASK, ACCEPTED, ANSWERED]
    assert first_task([STARTED, TASK, TIMER]) == [STARTED, TASK, TIMER]


def test_order_rests_when_nothing_is_under_way() -> None:
    assert is_at_rest([STARTED, TASK, TIMER])
    assert not is_at_rest([STARTED, TIMER, TASK])
    assert not is_at_rest([STARTED, activity(1)])
