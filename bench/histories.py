"""What an order costs in Temporal: events, bytes and billable actions, counted in its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

# https://docs.temporal.io/cloud/actions; what orders do not use, such as child workflows, is left out.
_ONE_ACTION = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_TIMER_STARTED,
    }
)
# Noted by the SDK beside a patch, and not billed.
_CHANGE_VERSION = "TemporalChangeVersion"
_UNDER_WAY = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED,
    }
)


@dataclass(frozen=True)
class HistoryCost:
    """What one kind of order costs, in the middle of some of them."""

    what: str
    events: int
    size: int
    actions: int


def cost_of(what: str, histories: Sequence[Sequence[HistoryEvent]]) -> HistoryCost:
    """The medians over histories of the same kind."""
    return HistoryCost(
        what=what,
        events=round(median(len(events) for events in histories)),
        size=round(median(sum(event.ByteSize() for event in events) for events in histories)),
        actions=round(median(billable_actions(events) for events in histories)),
    )


def billable_actions(events: Sequence[HistoryEvent]) -> int:
    """What Temporal Cloud would bill for these events.

    An activity counts with every attempt; all markers of one workflow task, which local activities leave,
    count as one.
    """
    actions, tasks_with_markers = 0, set[int]()
    for event in events:
        if event.event_type in _ONE_ACTION:
            actions += 1
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            actions += event.activity_task_started_event_attributes.attempt
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            tasks_with_markers.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
        elif event.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            upserted = event.upsert_workflow_search_attributes_event_attributes.search_attributes
            actions += set(upserted.indexed_fields) != {_CHANGE_VERSION}
    return actions + len(tasks_with_markers)


def first_task(events: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """The events of the first workflow task, which places the order."""
    scheduled = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    tasks = [number for number, event in enumerate(events) if event.event_type == scheduled]
    return list(events[: tasks[1]] if len(tasks) > 1 else events)


def is_at_rest(events: Sequence[HistoryEvent]) -> bool:
    """Whether nothing is under way: the order waits for a message or a time, or has ended."""
    return events[-1].event_type not in _UNDER_WAY
