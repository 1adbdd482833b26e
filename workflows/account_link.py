"""Sending somebody the link by which they set a password."""

from collections.abc import Awaitable
from datetime import datetime, timedelta

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
        message = SendAccountLink(given.vendor_id, given.customer_id, asked_at)
        sending = call(SEND_ACCOUNT_LINK, message, "the link for a password")
        return await mail_once(sending, asked_at=asked_at, pause=given.pause)


async def mail_once(sending: Awaitable[None], *, asked_at: datetime, pause: float) -> str:
    """What became of a link's e-mail, told once `pause` seconds are over since it was asked for."""
    outcome = "done"
    try:
        await sending
    except ActivityError as error:
        cause = error.cause
        outcome = f"refused: {cause.type if isinstance(cause, ApplicationError) else type(cause).__name__}"
    left = asked_at + timedelta(seconds=pause) - workflow.now()
    if left > timedelta():
        await workflow.sleep(left, summary="until another link may be asked for")
    return outcome
