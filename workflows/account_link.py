"""Sending somebody the link by which they set a password."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.account_messages import SendAccountLink
from workflows.account_messages import ACCOUNT_LINK_WORKFLOW, AccountLink
from workflows.steps import SEND_ACCOUNT_LINK, call


@workflow.defn(name=ACCOUNT_LINK_WORKFLOW)
class AccountLinkWorkflow:
    """Sends one e-mail, however long the mail server is away, and then lasts until the pause is over.

    Whoever asks again meanwhile finds it running, so no second e-mail goes out.
    """

    @workflow.run
    async def run(self, given: AccountLink) -> str:
        asked_at = workflow.now()
        outcome = "done"
        try:
            await call(
                SEND_ACCOUNT_LINK,
                SendAccountLink(given.vendor_id, given.customer_id, asked_at),
                "the link for a password",
            )
        except ActivityError as error:
            cause = error.cause
            outcome = (
                f"refused: {cause.type if isinstance(cause, ApplicationError) else type(cause).__name__}"
            )
        left = asked_at + timedelta(seconds=given.pause) - workflow.now()
        if left > timedelta():
            await workflow.sleep(left, summary="until another link may be asked for")
        return outcome
