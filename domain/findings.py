"""Findings: what reconciliation can find, under which check it counts, and what mends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Check(StrEnum):
    """What is compared with what; each finding counts under one of these."""

    EVENTS = "events"
    WORKFLOWS = "workflows"
    ORPHANS = "orphans"
    MONEY = "money"
    STOCK = "stock"
    RECORDS = "records"
    STUCK = "stuck"


class Code(StrEnum):
    """What is wrong, as operators filter by it."""

    PAYMENT_UNHEARD = "payment_unheard"
    REFUND_UNHEARD = "refund_unheard"
    PLACEMENT_ABANDONED = "placement_abandoned"
    WORKFLOW_MISSING = "workflow_missing"
    REFUND_STALLED = "refund_stalled"
    ORPHAN_UNPAID = "orphan_unpaid"
    ORPHAN_PAID = "orphan_paid"
    PAYMENT_NOT_THERE = "payment_not_there"
    PAYMENT_REFERENCE_DIFFERS = "payment_reference_differs"
    PAYMENT_AMOUNT_DIFFERS = "payment_amount_differs"
    AUTHORIZATION_LEFT = "authorization_left"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_NOT_THERE = "refund_not_there"
    REFUND_AMOUNT_DIFFERS = "refund_amount_differs"
    CANCELLED_NOT_REFUNDED = "cancelled_not_refunded"
    STOCK_DIFFERS = "stock_differs"
    STOCK_LEAKED = "stock_leaked"
    STOCK_UNCLAIMED = "stock_unclaimed"
    EVENTS_NOT_NUMBERED = "events_not_numbered"
    TOTALS_NOT_DERIVED = "totals_not_derived"
    WORKFLOW_LINGERS = "workflow_lingers"
    WORKFLOW_STUCK = "workflow_stuck"
    WORKFLOW_FAILED = "workflow_failed"
    MESSAGE_NOT_NOTIFIED = "message_not_notified"
    BULK_JOB_STALLED = "bulk_job_stalled"
    IMPORT_STALLED = "import_stalled"


class Repair(StrEnum):
    """What mends a finding without harm, however often it is done."""

    TELL_WORKFLOW = "tell_workflow"
    TAKE_UP_AGAIN = "take_up_again"
    WITHDRAW = "withdraw"
    CANCEL_PAYMENT = "cancel_payment"
    REFUND_PAYMENT = "refund_payment"
    RELEASE_STOCK = "release_stock"
    SHIP_STOCK = "ship_stock"
    DERIVE_TOTALS = "derive_totals"
    MAIL_MESSAGE = "mail_message"
    BEGIN_JOB = "begin_job"


CHECK_OF: Mapping[Code, Check] = MappingProxyType(
    {
        Code.PAYMENT_UNHEARD: Check.EVENTS,
        Code.REFUND_UNHEARD: Check.EVENTS,
        Code.PLACEMENT_ABANDONED: Check.WORKFLOWS,
        Code.WORKFLOW_MISSING: Check.WORKFLOWS,
        Code.REFUND_STALLED: Check.WORKFLOWS,
        Code.ORPHAN_UNPAID: Check.ORPHANS,
        Code.ORPHAN_PAID: Check.ORPHANS,
        Code.PAYMENT_NOT_THERE: Check.MONEY,
        Code.PAYMENT_REFERENCE_DIFFERS: Check.MONEY,
        Code.PAYMENT_AMOUNT_DIFFERS: Check.MONEY,
        Code.AUTHORIZATION_LEFT: Check.MONEY,
        Code.REFUND_UNKNOWN: Check.MONEY,
        Code.REFUND_NOT_THERE: Check.MONEY,
        Code.REFUND_AMOUNT_DIFFERS: Check.MONEY,
        Code.CANCELLED_NOT_REFUNDED: Check.MONEY,
        Code.STOCK_DIFFERS: Check.STOCK,
        Code.STOCK_LEAKED: Check.STOCK,
        Code.STOCK_UNCLAIMED: Check.STOCK,
        Code.EVENTS_NOT_NUMBERED: Check.RECORDS,
        Code.TOTALS_NOT_DERIVED: Check.RECORDS,
        Code.WORKFLOW_LINGERS: Check.STUCK,
        Code.WORKFLOW_STUCK: Check.STUCK,
        Code.WORKFLOW_FAILED: Check.STUCK,
        Code.MESSAGE_NOT_NOTIFIED: Check.RECORDS,
        Code.BULK_JOB_STALLED: Check.WORKFLOWS,
        Code.IMPORT_STALLED: Check.WORKFLOWS,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be.

    `reason` is for operators: ids, amounts, statuses, nothing about a person. Without `repair` a human has
    to look.
    """

    code: Code
    reason: str
    repair: Repair | None = None

    @property
    def check(self) -> Check:
        return CHECK_OF[self.code]


def seen_twice(first: list[Finding], second: list[Finding]) -> list[Finding]:
    """Those of the second look that the first one saw as well: what was only on its way is left out."""
    codes = {finding.code for finding in first}
    return [finding for finding in second if finding.code in codes]
