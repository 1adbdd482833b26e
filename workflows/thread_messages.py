"""The workflow that mails a message of an order's thread: its name and input, never what was written."""

from dataclasses import dataclass

from domain.lifecycle import ActorType

MESSAGE_WORKFLOW = "MessageWorkflow"


@dataclass(frozen=True)
class MessageMail:
    """A message of an order's thread that is to be mailed to the other side; never what it says."""

    vendor_id: int
    order_id: int
    order_number: str
    message_id: int
    kind: str


def message_mail(
    *, vendor_id: int, order_id: int, order_number: str, message_id: int, author: ActorType
) -> MessageMail:
    """The e-mail about a message: to the vendor from the customer, and the other way round."""
    kind = "vendor_message" if author == ActorType.CUSTOMER else "customer_message"
    return MessageMail(vendor_id, order_id, order_number, message_id, kind)


def message_workflow_id(mail: MessageMail) -> str:
    """One workflow for a message."""
    return f"{mail.order_number}-message-{mail.message_id}"
