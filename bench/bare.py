"""A workflow with an order's messages and as many activities, none of which does anything."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

TASK_QUEUE = "bare"
PLACING_STEPS = 2
MAILS_AT_CONFIRMATION = 2
MOVES = 3
_PATIENCE = timedelta(seconds=60)


@activity.defn(name="nothing")
async def nothing(_: str) -> str:
    """What a step costs beside its work."""
    return ""


@workflow.defn(name="BareOrder")
class BareOrder:
    """Placed by an update, paid by a signal, moved by three updates; e-mails run beside the main line."""

    def __init__(self) -> None:
        self._placed = False
        self._notified = False
        self._paid = False
        self._moves = 0
        self._outbox = 0

    @workflow.run
    async def run(self, number: str) -> None:
        for _ in range(PLACING_STEPS):
            await _store(number)
        self._placed = True
        mailer = asyncio.create_task(self._send_mail(number))
        await workflow.wait_condition(lambda: self._notified)
        await _call(number)  # the order asks Stripe here
        await _store(number)
        self._paid = True
        self._outbox += MAILS_AT_CONFIRMATION
        await workflow.wait_condition(lambda: self._moves == MOVES and not self._outbox)
        await workflow.wait_condition(workflow.all_handlers_finished)
        mailer.cancel()

    async def _send_mail(self, number: str) -> None:
        while True:
            await workflow.wait_condition(lambda: self._outbox > 0)
            await _call(number)
            self._outbox -= 1

    @workflow.update
    async def place(self) -> None:
        await workflow.wait_condition(lambda: self._placed)

    @workflow.signal
    def payment_changed(self, _: str) -> None:
        self._notified = True

    @workflow.update
    async def move(self, number: str) -> None:
        await workflow.wait_condition(lambda: self._paid)
        await _store(number)
        self._moves += 1
        if self._moves > 1:
            self._outbox += 1  # shipped and delivered are told to the customer

    @move.validator
    def _check_move(self, number: str) -> None:  # noqa: ARG002 -- validators take what updates take
        if self._moves == MOVES:
            raise ValueError("it is delivered")


async def _store(number: str) -> None:
    await workflow.execute_local_activity(nothing, number, start_to_close_timeout=_PATIENCE)


async def _call(number: str) -> None:
    await workflow.execute_activity(nothing, number, start_to_close_timeout=_PATIENCE)
