"""Everything that runs on the write side, put together in one place."""

import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.account_links import AccountLinkActivities
from activities.admin_links import AdminLinkActivities
from activities.bulk_jobs import BulkJobActivities
from activities.bulk_pace import BulkPace
from activities.bulk_status import BulkActivities
from activities.captures import CaptureActivities
from activities.disputes import ReversalActivities
from activities.emails.links import EmailLinks
from activities.gateways.job_workflows import JobWorkflows
from activities.gateways.mail import MailGateway
from activities.gateways.order_workflows import OrderWorkflows
from activities.gateways.payments import PaymentGateway
from activities.operators import OperatorActivities
from activities.order_messages import MessageActivities, MessageReconciliation
from activities.orders import OrderActivities
from activities.payments import PaymentActivities
from activities.placing import PlacingActivities
from activities.product_imports import ProductImportActivities
from activities.reconciliation_findings import FindingActivities
from activities.reconciliation_jobs import JobReconciliation
from activities.reconciliation_orders import OrderReconciliation
from activities.reconciliation_payments import PaymentReconciliation
from activities.reconciliation_placements import PlacementReconciliation
from activities.reconciliation_stock import StockReconciliation
from activities.reconciliation_workflows import WorkflowReconciliation
from activities.refund_requests import RefundRequestActivities
from activities.refunds import RefundActivities
from activities.sending import EmailActivities
from activities.staff_links import StaffLinkActivities
from db.session import Database
from domain.links import Links
from settings import Settings
from worker.deployments import named
from worker.job_workflows import TemporalJobWorkflows
from worker.order_workflows import TemporalOrderWorkflows
from workflows.account_link import AccountLinkWorkflow
from workflows.admin_link import AdminLinkWorkflow
from workflows.after_sale import AfterSaleWorkflow
from workflows.bulk_status import BulkStatusWorkflow
from workflows.message_mail import MessageWorkflow
from workflows.order import OrderWorkflow
from workflows.product_import import ProductImportWorkflow
from workflows.reconciliation import ReconcileWorkflow, ScheduledReconciliationWorkflow
from workflows.staff_link import StaffLinkWorkflow

# How long work waits for the process that last held its order. One that was killed never comes for it, and
# until this is over a vendor waits; by Temporal's own ten seconds the API has given up.
_STICKY = timedelta(seconds=3)

WORKFLOWS = (
    OrderWorkflow,
    AfterSaleWorkflow,
    MessageWorkflow,
    AccountLinkWorkflow,
    StaffLinkWorkflow,
    AdminLinkWorkflow,
    ReconcileWorkflow,
    ScheduledReconciliationWorkflow,
    BulkStatusWorkflow,
    ProductImportWorkflow,
)


def activities(
    database: Database,
    payments: PaymentGateway,
    mail: MailGateway,
    workflows: OrderWorkflows,
    jobs: JobWorkflows,
    settings: Settings,
) -> list[Callable[..., Any]]:
    """Every activity, with what it needs."""
    placing = PlacingActivities(database, payments)
    paying = PaymentActivities(database, payments)
    captures = CaptureActivities(database, payments)
    orders = OrderActivities(database)
    refunds = RefundActivities(database, payments)
    requests = RefundRequestActivities(database)
    reversals = ReversalActivities(database, payments)
    operators = OperatorActivities(database)
    links = EmailLinks(settings.public_url, Links(settings.link_secret.get_secret_value()))
    emails = EmailActivities(database, mail, mail_from=settings.mail_from, links=links)
    imports = ProductImportActivities(database)
    accounts = AccountLinkActivities(database, mail, mail_from=settings.mail_from, links=links)
    people = StaffLinkActivities(database, mail, mail_from=settings.mail_from, links=links)
    admins = AdminLinkActivities(database, mail, mail_from=settings.mail_from, links=links)
    return [
        placing.create_order,
        placing.open_payment,
        placing.withdraw_placement,
        paying.check_payment,
        paying.cancel_payment,
        paying.record_payment,
        paying.record_processing,
        paying.record_decline,
        captures.capture_payment,
        captures.record_authorization,
        captures.record_capture,
        orders.change_status,
        orders.cancel_order,
        orders.complete_order,
        orders.refuse_command,
        requests.request_refund,
        requests.reopen_refund,
        refunds.refund_payment,
        refunds.record_refund,
        refunds.find_order,
        refunds.book_late_payment,
        reversals.check_reversals,
        reversals.record_outside_refund,
        reversals.record_dispute,
        emails.send_email,
        emails.send_emails,
        emails.send_emails_at_once,
        MessageActivities(database).note_message_mailed,
        accounts.send_account_link,
        imports.check_product_import,
        imports.begin_product_import,
        imports.apply_product_import,
        imports.reopen_product_import,
        imports.discard_product_import,
        imports.clean_product_imports,
        people.send_staff_link,
        admins.send_admin_link,
        operators.note_retry,
        operators.extend_deadline,
        operators.resend_email,
        operators.force_refund,
        operators.release_stock,
        *reconciliation(database, payments, workflows, jobs, placing),
        *bulk_changes(database, workflows, settings),
    ]


def reconciliation(
    database: Database,
    payments: PaymentGateway,
    workflows: OrderWorkflows,
    jobs: JobWorkflows,
    placing: PlacingActivities,
) -> list[Callable[..., Any]]:
    """The activities that compare and mend."""
    stock = StockReconciliation(database)
    idle = JobReconciliation(database, jobs)
    return [
        PlacementReconciliation(database, placing, workflows).check_placements,
        OrderReconciliation(database, payments, workflows).check_orders,
        PaymentReconciliation(database, payments).check_payments,
        stock.check_reservations,
        stock.check_stock,
        WorkflowReconciliation(database, workflows).check_workflows,
        MessageReconciliation(database, workflows).check_messages,
        idle.check_bulk_jobs,
        idle.check_product_imports,
        FindingActivities(database, workflows).settle_findings,
    ]


def bulk_changes(
    database: Database, workflows: OrderWorkflows, settings: Settings
) -> list[Callable[..., Any]]:
    """The activities that change many orders; all jobs of a process keep to one pace."""
    jobs = BulkJobActivities(database)
    pace = BulkPace(window=settings.bulk_window, rate=settings.bulk_rate)
    return [
        jobs.begin_bulk_job,
        jobs.move_bulk_job,
        jobs.finish_bulk_job,
        BulkActivities(database, workflows, pace).change_orders,
    ]


def workflow_runner(*, sandboxed: bool) -> WorkflowRunner:
    """What runs workflow code.

    The sandbox refuses what is not deterministic, and costs a fifth of the worker's time for each order.
    The tests run and replay everything in it, so that production need not. Importing the database driver
    inside it crashes the process, which is why our own and the heavy modules are taken from outside.
    """
    if not sandboxed:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        "activities", "domain", "pydantic", "sqlalchemy", "asyncpg", "stripe", "structlog"
    )
    return SandboxedWorkflowRunner(restrictions=restrictions)


def build_worker(
    client: Client,
    settings: Settings,
    *,
    database: Database,
    payments: PaymentGateway,
    mail: MailGateway,
    **options: Any,  # noqa: ANN401 -- handed on to the SDK as it is
) -> Worker:
    """The worker of one process; activities get `worker_grace` seconds to end at shutdown."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=activities(
            database,
            payments,
            mail,
            TemporalOrderWorkflows(client, settings.task_queue),
            TemporalJobWorkflows(client, settings.task_queue),
            settings,
        ),
        workflow_runner=workflow_runner(sandboxed=settings.workflow_sandbox),
        identity=f"orion-worker@{socket.gethostname()}:{os.getpid()}",
        graceful_shutdown_timeout=timedelta(seconds=settings.worker_grace),
        sticky_queue_schedule_to_start_timeout=_STICKY,
        **named(settings),
        **options,
    )
