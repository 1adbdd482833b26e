"""Mailing one message of an order's thread to the other side."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import MessageRef, SendEmail
    from workflows.steps import NOTE_MESSAGE_MAILED, SEND_EMAIL, call, store
    from workflows.thread_messages import MESSAGE_WORKFLOW, MessageMail


@workflow.defn(name=MESSAGE_WORKFLOW)
class MessageWorkflow:
    """Sends one e-mail, however long the mail server is away, and notes it; answers sent or refused."""

    @workflow.run
    async def run(self, given: MessageMail) -> str:
        key = f"{given.kind}:{given.message_id}"
        mail = SendEmail(given.vendor_id, given.order_id, given.order_number, given.kind, key)
        outcome = "sent"
        try:
            await call(SEND_EMAIL, mail, key)
        except ActivityError:
            # For good: whatever may pass is retried. The thread has the message; operators see the refusal.
            outcome = "refused"
        noted = MessageRef(given.vendor_id, given.message_id)
        await store(NOTE_MESSAGE_MAILED, noted, "note that the other side was told")
        return outcome
