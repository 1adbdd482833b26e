"""Sending somebody who works for a vendor the link by which they set a password."""

from temporalio import workflow

from activities.account_messages import SendStaffLink
from workflows.account_link import mail_once
from workflows.account_messages import STAFF_LINK_WORKFLOW, StaffLink
from workflows.steps import SEND_STAFF_LINK, call


@workflow.defn(name=STAFF_LINK_WORKFLOW)
class StaffLinkWorkflow:
    """Sends one e-mail, however long the mail server is away, and then lasts until the pause is over."""

    @workflow.run
    async def run(self, given: StaffLink) -> str:
        asked_at = workflow.now()
        message = SendStaffLink(given.vendor_id, given.user_id, asked_at)
        sending = call(SEND_STAFF_LINK, message, "the link for a password")
        return await mail_once(sending, asked_at=asked_at, pause=given.pause)
