"""How often the sending of each e-mail was begun, by an order's history."""

from collections import Counter

from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import DefaultPayloadConverter

from workflows.steps import SEND_EMAIL, SEND_EMAILS, SEND_EMAILS_AT_ONCE

_CONVERTER = DefaultPayloadConverter()
_SCHEDULED = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
_PUT_OFF = b"false"


def sendings(history: WorkflowHistory) -> Counter[str]:
    """By e-mail, how many attempts there were at most; a step may send several.

    What is tried within a workflow task leaves no trace when the task is lost with its worker, so each lost
    task counts as an attempt at what the next one that came to something sent.
    """
    begun = Counter[str]()
    scheduled: dict[int, list[str]] = {}
    lost, acted = 0, False
    for event in history.events:
        if event.event_type == _SCHEDULED and acted:
            lost, acted = 0, False
        lost += _lost(event)
        acted = acted or event.event_type in _ACTS
        if _is_regular(event):
            scheduled[event.event_id] = _keys(event)
            for key in _keys(event):
                begun[key] += lost
        elif _is_local(event):
            result = event.marker_recorded_event_attributes.details["result"].payloads
            for key in _keys(event):
                begun[key] += lost + (not result or result[0].data != _PUT_OFF)
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            started = event.activity_task_started_event_attributes
            for key in scheduled.get(started.scheduled_event_id, ()):
                begun[key] += started.attempt
    return begun


# What a workflow task leaves that came to something, rather than to a sign of life.
_ACTS = frozenset(
    {
        EventType.EVENT_TYPE_MARKER_RECORDED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    }
)


def _lost(event: HistoryEvent) -> int:
    """How many workflow tasks were begun and lost, as an event tells; of a row only the first has its own."""
    if event.event_type == _SCHEDULED:
        return max(0, event.workflow_task_scheduled_event_attributes.attempt - 2)
    if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
        return 1
    timed_out = event.workflow_task_timed_out_event_attributes
    return int(
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
        and timed_out.timeout_type == TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE
    )


def _is_regular(event: HistoryEvent) -> bool:
    name = event.activity_task_scheduled_event_attributes.activity_type.name
    return name in (SEND_EMAIL.name, SEND_EMAILS.name)


def _is_local(event: HistoryEvent) -> bool:
    if event.event_type != EventType.EVENT_TYPE_MARKER_RECORDED:
        return False
    data = event.marker_recorded_event_attributes.details["data"].payloads
    return any(f'"{SEND_EMAILS_AT_ONCE.name}"'.encode() in each.data for each in data)


def _keys(event: HistoryEvent) -> list[str]:
    """The e-mails of a step, which its summary names."""
    summary: str = _CONVERTER.from_payload(event.user_metadata.summary, str)
    return summary.split(", ")
