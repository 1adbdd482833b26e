"""Sending one of the platform's admins the link by which they set a new password."""

from temporalio import workflow

from activities.account_messages import SendAdminLink
from workflows.account_link import mail_once
from workflows.account_messages import ADMIN_LINK_WORKFLOW, AdminLink
from workflows.steps import SEND_ADMIN_LINK, call


@workflow.defn(name=ADMIN_LINK_WORKFLOW)
class AdminLinkWorkflow:
    """Sends one e-mail, however long the mail server is away, and then lasts until the pause is over."""

    @workflow.run
    async def run(self, given: AdminLink) -> str:
        asked_at = workflow.now()
        sending = call(SEND_ADMIN_LINK, SendAdminLink(given.admin_id, asked_at), "the link for a password")
        return await mail_once(sending, asked_at=asked_at, pause=given.pause)
