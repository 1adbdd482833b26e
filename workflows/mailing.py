"""Mailing: the e-mails of an order, one after the other beside the main line."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.messages import SendEmail
from workflows.state import OrderState
from workflows.steps import SEND_EMAIL, call


async def send_mail(order: OrderState) -> None:
    """Send what the outbox holds, in order, for as long as the workflow runs.

    A mail that the server refuses for good is shown to operators and passed over; nothing else waits for it.
    """
    while True:
        await workflow.wait_condition(lambda: bool(order.outbox))
        mail = order.outbox[0]
        given = SendEmail(
            order.input.vendor_id, order.order_id, order.input.order_number, mail.kind, mail.key, mail.about
        )
        try:
            await call(SEND_EMAIL, given, mail.key)
        except ActivityError as error:
            order.last_error = f"e-mail {mail.key}: {type(error.cause).__name__}"
        order.outbox.popleft()
