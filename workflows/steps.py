"""The activities by name and type, and how each kind of step is run and retried."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar, cast

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from activities.account_messages import SendAccountLink, SendAdminLink, SendStaffLink
from activities.bulk_messages import BulkJobRef, BulkProgress, BulkShift, MoveBulkJob
from activities.capture_messages import CapturePayment, RecordAuthorization, RecordCapture
from activities.messages import (
    CancelledOrder,
    CancelOrder,
    ChangedStatus,
    ChangeStatus,
    CreatedOrder,
    CreateOrder,
    LateNotice,
    MessageRef,
    OpenedPayment,
    OpenPayment,
    OrderRef,
    OrderSnapshot,
    RefuseCommand,
    SendEmail,
    SendEmails,
    WithdrawnPlacement,
    WithdrawPlacement,
)
from activities.operator_messages import (
    EmailToResend,
    ExtendDeadline,
    ForceRefund,
    OperatorNote,
    ReleasedStock,
    ResendEmail,
)
from activities.payment_messages import (
    BookLatePayment,
    PaymentRef,
    PaymentState,
    RecordDecline,
    RecordedRefund,
    RecordPayment,
    RecordProcessing,
    RecordRefund,
    RefundPayment,
    RefundState,
    ReopenRefund,
    RequestedRefund,
    RequestRefund,
)
from activities.product_import_messages import CleanImports, DecideImport, ImportRef, ImportState
from activities.reconciliation_messages import CheckedPage, CheckPage
from activities.reversal_messages import (
    RecordDispute,
    RecordedReversal,
    RecordOutsideRefund,
    Reversals,
)
from workflows.refusals import refusal_of
from workflows.under_way import StepsUnderWay

Given = TypeVar("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Step(Generic[Given, Answer]):
    """An activity as the workflows know it: its name, what it takes and what it answers."""

    name: str
    given: type[Given]
    answer: type[Answer]


CREATE_ORDER = Step("create_order", CreateOrder, CreatedOrder)
OPEN_PAYMENT = Step("open_payment", OpenPayment, OpenedPayment)
WITHDRAW_PLACEMENT = Step("withdraw_placement", WithdrawPlacement, WithdrawnPlacement)
CHECK_PAYMENT = Step("check_payment", PaymentRef, PaymentState)
CANCEL_PAYMENT = Step("cancel_payment", PaymentRef, PaymentState)
RECORD_PAYMENT = Step("record_payment", RecordPayment, ChangedStatus)
RECORD_PROCESSING = Step("record_processing", RecordProcessing, ChangedStatus)
RECORD_DECLINE = Step("record_decline", RecordDecline, ChangedStatus)
CAPTURE_PAYMENT = Step("capture_payment", CapturePayment, PaymentState)
RECORD_AUTHORIZATION = Step("record_authorization", RecordAuthorization, ChangedStatus)
RECORD_CAPTURE = Step("record_capture", RecordCapture, ChangedStatus)
CHANGE_STATUS = Step("change_status", ChangeStatus, ChangedStatus)
CANCEL_ORDER = Step("cancel_order", CancelOrder, CancelledOrder)
COMPLETE_ORDER = Step("complete_order", OrderRef, ChangedStatus)
# Answers nothing, as it did to orders of before, unless it was not to be kept.
REFUSE_COMMAND = Step("refuse_command", RefuseCommand, cast("type[bool | None]", bool | None))
REQUEST_REFUND = Step("request_refund", RequestRefund, RequestedRefund)
REOPEN_REFUND = Step("reopen_refund", ReopenRefund, RequestedRefund)
REFUND_PAYMENT = Step("refund_payment", RefundPayment, RefundState)
RECORD_REFUND = Step("record_refund", RecordRefund, RecordedRefund)
CHECK_REVERSALS = Step("check_reversals", PaymentRef, Reversals)
RECORD_OUTSIDE_REFUND = Step("record_outside_refund", RecordOutsideRefund, RecordedReversal)
RECORD_DISPUTE = Step("record_dispute", RecordDispute, RecordedReversal)
SEND_EMAIL = Step("send_email", SendEmail, type(None))
SEND_EMAILS = Step("send_emails", SendEmails, type(None))
SEND_EMAILS_AT_ONCE = Step("send_emails_at_once", SendEmails, bool)
NOTE_MESSAGE_MAILED = Step("note_message_mailed", MessageRef, type(None))
SEND_STAFF_LINK = Step("send_staff_link", SendStaffLink, type(None))
SEND_ADMIN_LINK = Step("send_admin_link", SendAdminLink, type(None))
SEND_ACCOUNT_LINK = Step("send_account_link", SendAccountLink, type(None))
FIND_ORDER = Step("find_order", LateNotice, OrderSnapshot)
BOOK_LATE_PAYMENT = Step("book_late_payment", BookLatePayment, ChangedStatus)
NOTE_RETRY = Step("note_retry", OperatorNote, type(None))
EXTEND_DEADLINE = Step("extend_deadline", ExtendDeadline, type(None))
RESEND_EMAIL = Step("resend_email", ResendEmail, EmailToResend)
FORCE_REFUND = Step("force_refund", ForceRefund, RequestedRefund)
RELEASE_STOCK = Step("release_stock", OperatorNote, ReleasedStock)
CHECK_PLACEMENTS = Step("check_placements", CheckPage, CheckedPage)
CHECK_ORDERS = Step("check_orders", CheckPage, CheckedPage)
CHECK_PAYMENTS = Step("check_payments", CheckPage, CheckedPage)
CHECK_RESERVATIONS = Step("check_reservations", CheckPage, CheckedPage)
CHECK_STOCK = Step("check_stock", CheckPage, CheckedPage)
CHECK_WORKFLOWS = Step("check_workflows", CheckPage, CheckedPage)
CHECK_MESSAGES = Step("check_messages", CheckPage, CheckedPage)
CHECK_BULK_JOBS = Step("check_bulk_jobs", CheckPage, CheckedPage)
CHECK_PRODUCT_IMPORTS = Step("check_product_imports", CheckPage, CheckedPage)
SETTLE_FINDINGS = Step("settle_findings", CheckPage, CheckedPage)
BEGIN_BULK_JOB = Step("begin_bulk_job", BulkJobRef, BulkProgress)
MOVE_BULK_JOB = Step("move_bulk_job", MoveBulkJob, BulkProgress)
CHANGE_ORDERS = Step("change_orders", BulkShift, BulkProgress)
FINISH_BULK_JOB = Step("finish_bulk_job", BulkJobRef, BulkProgress)
CHECK_PRODUCT_IMPORT = Step("check_product_import", ImportRef, ImportState)
BEGIN_PRODUCT_IMPORT = Step("begin_product_import", DecideImport, ImportState)
APPLY_PRODUCT_IMPORT = Step("apply_product_import", ImportRef, ImportState)
REOPEN_PRODUCT_IMPORT = Step("reopen_product_import", ImportRef, ImportState)
DISCARD_PRODUCT_IMPORT = Step("discard_product_import", DecideImport, ImportState)
CLEAN_PRODUCT_IMPORTS = Step("clean_product_imports", CleanImports, type(None))

STEPS = tuple(step for step in list(globals().values()) if isinstance(step, Step))

_PATIENT = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=30),
)


async def store(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    """Run a step that is one database transaction, as a local activity: one history event.

    Retried until it is through; past ten seconds of back-off the retries are timers in the history, where
    an operator sees them.
    """
    answer: Answer = await workflow.execute_local_activity(
        step.name,
        given,
        result_type=step.answer,
        start_to_close_timeout=timedelta(seconds=15),
        retry_policy=_PATIENT,
        local_retry_threshold=timedelta(seconds=10),
        summary=summary,
    )
    return answer


async def call(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    """Run a step that leaves the house, as a regular activity: operators see its attempts and last error.

    They may have it tried at once: then it is cancelled where it backs off and scheduled anew. An attempt
    that runs at that moment is waited for, so that there are never two, and what it answered counts.
    """
    under_way: StepsUnderWay = getattr(workflow.instance(), "under_way", None) or StepsUnderWay()
    while True:
        handle = workflow.start_activity(
            step.name,
            given,
            result_type=step.answer,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=_PATIENT,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=summary,
        )
        begun = under_way.begin(step.name, handle)
        try:
            answer: Answer = await handle
        except (ActivityError, asyncio.CancelledError) as error:
            if not begun.again or _is_final(error):
                raise
        else:
            return answer
        finally:
            under_way.end(begun)


def _is_final(error: BaseException) -> bool:
    """Whether an attempt failed for good."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return isinstance(cause, ApplicationError) and cause.non_retryable


async def walk(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    """Run one page of a long walk: minutes at most, with a sign of life while it lasts."""
    answer: Answer = await workflow.execute_activity(
        step.name,
        given,
        result_type=step.answer,
        start_to_close_timeout=timedelta(minutes=15),
        heartbeat_timeout=timedelta(seconds=90),
        retry_policy=_PATIENT,
        summary=summary,
    )
    return answer


async def work(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    """Run a step that takes minutes at most and tells that it lives: a dead one is soon replaced."""
    answer: Answer = await workflow.execute_activity(
        step.name,
        given,
        result_type=step.answer,
        start_to_close_timeout=timedelta(minutes=15),
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=_PATIENT,
        summary=summary,
    )
    return answer


async def try_at_once(step: Step[Given, bool], given: Given, summary: str) -> bool:
    """Try a step that leaves the house once, within this workflow task; whether it was done.

    For what nobody waits for, and what is quick or gives up: messages to the workflow are handed over when
    the task is over. Raises what the step refuses for good.
    """
    try:
        done: bool = await workflow.execute_local_activity(
            step.name,
            given,
            result_type=step.answer,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary=summary,
        )
    except FailureError as error:  # bare, as in call_soon
        if _is_final(error):
            raise
        return False
    return done


async def call_soon(step: Step[Given, Answer], given: Given, summary: str) -> Answer:
    """Run a step that somebody waits for: briefly as a local activity, then patiently as a regular one.

    Raises what the step refuses for good; being away is no refusal.
    """
    try:
        answer: Answer = await workflow.execute_local_activity(
            step.name,
            given,
            result_type=step.answer,
            start_to_close_timeout=timedelta(seconds=5),
            schedule_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2),
            summary=summary,
        )
    except FailureError as error:  # the SDK hands a local one over bare, without an ActivityError around it
        if refusal_of(error) is not None:
            raise
        return await call(step, given, summary)
    return answer
