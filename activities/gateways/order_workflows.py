"""What reconciliation and bulk changes need of the engine that runs the orders' workflows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.lifecycle import ActorType
from domain.reconciliation import WorkflowState


@dataclass(frozen=True, slots=True)
class TroubledWorkflow:
    """A workflow that failed, or that runs and cannot make progress."""

    workflow_id: str
    order_number: str
    failed: bool


@dataclass(frozen=True, slots=True)
class TroubledPage:
    """Some troubled workflows; `next_cursor` is absent on the last page."""

    workflows: tuple[TroubledWorkflow, ...]
    next_cursor: str | None


class OrderWorkflows(Protocol):
    """The workflows of orders, and those that take up ended orders."""

    async def state(self, order_number: str) -> WorkflowState:
        """How the order's own workflow stands."""

    async def after_sale_state(self, order_number: str) -> WorkflowState:
        """How the workflow stands that takes up the order after its end."""

    async def tell_payment_changed(self, order_number: str) -> bool:
        """Have the order's running workflow ask Stripe; False when none runs."""

    async def take_up_again(self, *, vendor_id: int, vendor_code: str, order_number: str) -> None:
        """Have an ended order ask Stripe, by the workflow that takes it up; it is started unless it runs."""

    async def mail_message(
        self, *, vendor_id: int, order_id: int, order_number: str, message_id: int, author: ActorType
    ) -> bool:
        """Have a message mailed to the other side; False when that is under way already."""

    async def change_status_later(
        self, order_number: str, *, status: str, user_id: int, command_id: int
    ) -> bool:
        """Have the order's running workflow do what somebody of its vendor's asks for in a stored command.

        It does so once, however often it is told. False when none runs.
        """

    async def tell_attention(self, order_number: str, codes: list[str]) -> None:
        """Show on the order's workflow, while one runs, what needs attention; no codes clear it."""

    async def list_troubled(self, *, since: datetime, cursor: str | None, limit: int) -> TroubledPage:
        """One page of the workflows that cannot make progress, and of those that failed from `since` on.

        The list is eventually consistent, so a caller looks again before it acts.
        """
