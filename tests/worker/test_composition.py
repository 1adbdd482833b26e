"""What the worker registers is what the workflows ask for."""

from typing import get_type_hints

from temporalio import activity, workflow
from temporalio.client import Client

from activities.gateways.smtp import SmtpMail
from activities.gateways.stripe_payments import StripePayments
from db.session import Database
from settings import Settings
from worker.composition import WORKFLOWS, activities
from worker.job_workflows import TemporalJobWorkflows
from worker.order_workflows import TemporalOrderWorkflows
from workflows.account_messages import ACCOUNT_LINK_WORKFLOW, ADMIN_LINK_WORKFLOW, STAFF_LINK_WORKFLOW
from workflows.bulk_messages import BULK_STATUS_WORKFLOW
from workflows.messages import AFTER_SALE_WORKFLOW, ORDER_WORKFLOW
from workflows.product_import_messages import PRODUCT_IMPORT_WORKFLOW
from workflows.reconciliation_messages import RECONCILE_WORKFLOW, SCHEDULED_RECONCILIATION
from workflows.steps import STEPS
from workflows.thread_messages import MESSAGE_WORKFLOW


async def test_every_step_is_an_activity_with_the_same_types(temporal_client: Client) -> None:
    settings = Settings(_env_file=None)
    database = Database(settings.database_url)
    payments = StripePayments("sk_test_none", None, 1.0)
    mail = SmtpMail("127.0.0.1", 1, username=None, password=None, starttls=False, mail_from="a@orion.example")
    workflows = TemporalOrderWorkflows(temporal_client, settings.task_queue)
    registered = {}
    jobs = TemporalJobWorkflows(temporal_client, settings.task_queue)
    for method in activities(database, payments, mail, workflows, jobs, settings):
        name = activity._Definition.must_from_callable(method).name
        hints = get_type_hints(method)
        answer = hints.pop("return")
        registered[name] = (tuple(hints.values()), answer)
    assert registered == {step.name: ((step.given,), step.answer) for step in STEPS}
    await payments.close()


def test_the_workflows_go_by_their_published_names() -> None:
    names = [workflow._Definition.must_from_class(defined).name for defined in WORKFLOWS]
    assert names == [
        ORDER_WORKFLOW,
        AFTER_SALE_WORKFLOW,
        MESSAGE_WORKFLOW,
        ACCOUNT_LINK_WORKFLOW,
        STAFF_LINK_WORKFLOW,
        ADMIN_LINK_WORKFLOW,
        RECONCILE_WORKFLOW,
        SCHEDULED_RECONCILIATION,
        BULK_STATUS_WORKFLOW,
        PRODUCT_IMPORT_WORKFLOW,
    ]
