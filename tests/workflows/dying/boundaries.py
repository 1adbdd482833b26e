"""The boundaries between the steps of an order's life, read off the recorded histories."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from tests.workflows.replaying import HISTORIES
from workflows.messages import AFTER_SALE_WORKFLOW, ORDER_WORKFLOW
from workflows.thread_messages import MESSAGE_WORKFLOW

LIFE = frozenset({ORDER_WORKFLOW, AFTER_SALE_WORKFLOW, MESSAGE_WORKFLOW})


class Moment(StrEnum):
    """When something dies: the worker before a step, after its effect, and once Temporal knows of it; or the
    connection to the database, before a transaction is committed and after that, when nobody hears of it.
    """

    BEFORE = "before"
    AFTER = "after"
    ACKNOWLEDGED = "acknowledged"
    UNCOMMITTED = "uncommitted"
    COMMITTED = "committed"


DEATHS = (Moment.BEFORE, Moment.AFTER, Moment.ACKNOWLEDGED)
CUTS = (Moment.UNCOMMITTED, Moment.COMMITTED)


@dataclass(frozen=True, order=True)
class Step:
    """A step of a workflow of some kind."""

    workflow: str
    name: str


@dataclass(frozen=True, order=True)
class Boundary:
    """A moment of a step; of a transaction's moment, the how-manieth transaction of the step it is."""

    step: Step
    moment: Moment
    transaction: int = 0

    def __str__(self) -> str:
        which = f"-{self.transaction}" if self.transaction else ""
        return f"{self.step.workflow.removesuffix('Workflow')}.{self.step.name}.{self.moment}{which}"


# How many transactions an undisturbed attempt at each step takes; every death checks that this is so.
TRANSACTIONS = {
    "book_late_payment": 1,
    "cancel_order": 1,
    "cancel_payment": 0,
    "capture_payment": 0,
    "change_status": 1,
    "check_payment": 0,
    "check_reversals": 0,
    "complete_order": 1,
    "create_order": 1,
    "extend_deadline": 1,
    "find_order": 1,
    "force_refund": 1,
    "note_message_mailed": 1,
    "note_retry": 1,
    "open_payment": 1,
    "record_authorization": 1,
    "record_capture": 1,
    "record_decline": 1,
    "record_dispute": 1,
    "record_outside_refund": 1,
    "record_payment": 1,
    "record_processing": 1,
    "record_refund": 1,
    "refund_payment": 1,
    "refuse_command": 1,
    "release_stock": 1,
    "reopen_refund": 1,
    "request_refund": 1,
    "resend_email": 1,
    "send_email": 2,
    "send_emails": 3,
    "send_emails_at_once": 3,
    "withdraw_placement": 1,
}


@cache
def histories() -> dict[Step, dict[str, int]]:
    """Every step of every workflow, with the scenarios that have it and how long their histories are."""
    found: dict[Step, dict[str, int]] = {}
    for path in sorted(HISTORIES.rglob("*.json")):
        events = json.loads(path.read_text())["events"]
        for step in _steps(events):
            found.setdefault(step, {})[path.stem] = len(events)
    return found


def recorded() -> dict[Step, dict[str, int]]:
    """Every step of an order's life."""
    return {step: scenarios for step, scenarios in histories().items() if step.workflow in LIFE}


def boundaries() -> list[Boundary]:
    """All of them."""
    found = []
    for step in sorted(recorded()):
        found += [Boundary(step, moment) for moment in DEATHS]
        for number in range(1, TRANSACTIONS[step.name] + 1):
            found += [Boundary(step, moment, number) for moment in CUTS]
    return found


def _steps(events: list[dict[str, Any]]) -> Iterator[Step]:
    workflow = events[0]["workflowExecutionStartedEventAttributes"]["workflowType"]["name"]
    for event in events:
        scheduled = event.get("activityTaskScheduledEventAttributes")
        if scheduled is not None:
            yield Step(workflow, scheduled["activityType"]["name"])
        marker = event.get("markerRecordedEventAttributes")
        if marker is not None and marker["markerName"] == "core_local_activity":
            [payload] = marker["details"]["data"]["payloads"]
            yield Step(workflow, json.loads(base64.b64decode(payload["data"]))["activity_type"])
