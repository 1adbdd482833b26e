"""Activities that fail, answer otherwise or are held up, as a dying process or a slow world makes them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.errors import refusal
from domain.errors import DomainError

Moment = Literal["before", "after"]
Proceed = Callable[[], Awaitable[Any]]
_NEXT_HOUR = timedelta(hours=1)


class Fault(Interceptor):
    """Stands before every activity of a worker."""

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- an activity's answer
        """What an attempt at a step comes to; `proceed` does the step."""
        raise NotImplementedError

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Between(next, self)


class _Between(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: Fault) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        step = activity.info().activity_type
        return await self._fault.attempt(step, lambda: self.next.execute_activity(input))


@dataclass
class FailOnce(Fault):
    """Lets the first attempt of one activity fail; `failed` tells whether that happened."""

    step: str
    moment: Moment
    failed: bool = field(default=False, init=False)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above
        if self.failed or step != self.step:
            return await proceed()
        self.failed = True
        if self.moment == "after":
            await proceed()
        raise ConnectionResetError("the process died here")


@dataclass
class AnswerOnce(Fault):
    """Lets one activity answer something of our choice the first time, without doing anything."""

    step: str
    answer: Any
    answered: bool = field(default=False, init=False)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above
        if self.answered or step != self.step:
            return await proceed()
        self.answered = True
        return self.answer


@dataclass
class RefuseOnce(Fault):
    """Lets one activity be refused for good the first time, without doing anything."""

    step: str
    refusal: DomainError
    refused: bool = field(default=False, init=False)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above
        if self.refused or step != self.step:
            return await proceed()
        self.refused = True
        raise refusal(self.refusal)


@dataclass
class FailSometimes(Fault):
    """Lets first attempts fail at random, before or after their effect; the seed repeats which ones."""

    seed: int
    probability: float
    failed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above; any step
        moment = self._next_moment() if activity.info().attempt == 1 else None
        if moment == "before":
            raise ConnectionResetError("the process died before the step")
        answer = await proceed()
        if moment == "after":
            raise ConnectionResetError("the process died after the step")
        return answer

    def _next_moment(self) -> Moment | None:
        """When the next first attempt fails; None when it does not."""
        if self._random.random() >= self.probability:
            return None
        self.failed += 1
        return "before" if self._random.random() < 0.5 else "after"


@dataclass
class BackOff(Fault):
    """Lets each attempt at one activity fail until it is mended; the next one is due in an hour."""

    step: str
    moment: Moment = "before"
    mended: bool = field(default=False, init=False)
    attempts: int = field(default=0, init=False)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above
        if step != self.step:
            return await proceed()
        self.attempts += 1
        if self.mended:
            return await proceed()
        if self.moment == "after":
            await proceed()
        raise ApplicationError("Jane Doe is away", type="gone_fishing", next_retry_delay=_NEXT_HOUR)


@dataclass
class Hold(Fault):
    """Holds the first attempt at one activity until it is let go, and then lets it through or fail."""

    step: str
    fails: bool
    attempts: int = field(default=0, init=False)
    let_go: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def attempt(self, step: str, proceed: Proceed) -> Any:  # noqa: ANN401 -- as above
        if step != self.step:
            return await proceed()
        self.attempts += 1
        if self.attempts == 1:
            await self.let_go.wait()
            if self.fails:
                raise ApplicationError("held up", type="held_up", next_retry_delay=_NEXT_HOUR)
        return await proceed()
