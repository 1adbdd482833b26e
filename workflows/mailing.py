"""Mailing: the e-mails of an order, one after the other beside the main line."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.exceptions import FailureError

from activities.messages import SendEmail, SendEmails
from workflows.state import Mail, OrderState
from workflows.steps import SEND_EMAIL, SEND_EMAILS, SEND_EMAILS_AT_ONCE, call, try_at_once


async def send_mail(order: OrderState) -> None:
    """Send what the outbox holds, in order, for as long as the workflow runs.

    What is due at one moment is one step. A mail that the server refuses for good is shown to operators and
    passed over; nothing else waits for it.
    """
    while True:
        await workflow.wait_condition(lambda: bool(order.outbox))
        due = list(order.outbox) if order.input.policy.mails_together else [order.outbox[0]]
        summary = ", ".join(mail.key for mail in due)
        try:
            await _send(order, due, summary)
        except FailureError as error:
            order.last_error = f"e-mail {summary}: {type(error.cause or error).__name__}"
        for _ in due:
            order.outbox.popleft()


async def _send(order: OrderState, due: Sequence[Mail], summary: str) -> None:
    """Send e-mails within the present workflow task, or in their own time where somebody waits for its end.

    Within it they cost one event and no further task, and a dead worker's are taken up sooner.
    """
    emails = SendEmails(tuple(_email(order, mail) for mail in due))
    at_once = order.input.policy.mails_at_once and not any(mail.answer_due for mail in due)
    if at_once and await try_at_once(SEND_EMAILS_AT_ONCE, emails, summary):
        return
    if len(due) == 1:
        await call(SEND_EMAIL, emails.emails[0], summary)
    else:
        await call(SEND_EMAILS, emails, summary)


def _email(order: OrderState, mail: Mail) -> SendEmail:
    return SendEmail(
        order.input.vendor_id, order.order_id, order.input.order_number, mail.kind, mail.key, mail.about
    )
