"""Mailing: the e-mails of an order, one after the other beside the main line."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.messages import SendEmail, SendEmails
from workflows.state import Mail, OrderState
from workflows.steps import SEND_EMAIL, SEND_EMAILS, call


async def send_mail(order: OrderState) -> None:
    """Send what the outbox holds, in order, for as long as the workflow runs.

    What is due at one moment is one step: each costs a workflow task and three events. A mail that the server
    refuses for good is shown to operators and passed over; nothing else waits for it.
    """
    while True:
        await workflow.wait_condition(lambda: bool(order.outbox))
        due = list(order.outbox) if order.input.policy.mails_together else [order.outbox[0]]
        summary = ", ".join(mail.key for mail in due)
        try:
            if len(due) == 1:
                await call(SEND_EMAIL, _email(order, due[0]), summary)
            else:
                await call(SEND_EMAILS, SendEmails(tuple(_email(order, mail) for mail in due)), summary)
        except ActivityError as error:
            order.last_error = f"e-mail {summary}: {type(error.cause).__name__}"
        for _ in due:
            order.outbox.popleft()


def _email(order: OrderState, mail: Mail) -> SendEmail:
    return SendEmail(
        order.input.vendor_id, order.order_id, order.input.order_number, mail.kind, mail.key, mail.about
    )
