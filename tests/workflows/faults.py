"""Activities that fail once, before or after their effect, as a dying process makes them."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.errors import refusal
from domain.errors import DomainError

Moment = Literal["before", "after"]


@dataclass
class FailOnce(Interceptor):
    """Lets the first attempt of one activity fail; `failed` tells whether that happened."""

    step: str
    moment: Moment
    failed: bool = field(default=False, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Failing(next, self)


class _Failing(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: FailOnce) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        fault = self._fault
        if fault.failed or activity.info().activity_type != fault.step:
            return await super().execute_activity(input)
        fault.failed = True
        if fault.moment == "after":
            await super().execute_activity(input)
        raise ConnectionResetError("the process died here")


@dataclass
class AnswerOnce(Interceptor):
    """Lets one activity answer something of our choice the first time, without doing anything."""

    step: str
    answer: Any
    answered: bool = field(default=False, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Answering(next, self)


class _Answering(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: AnswerOnce) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        fault = self._fault
        if fault.answered or activity.info().activity_type != fault.step:
            return await super().execute_activity(input)
        fault.answered = True
        return fault.answer


@dataclass
class RefuseOnce(Interceptor):
    """Lets one activity be refused for good the first time, without doing anything."""

    step: str
    refusal: DomainError
    refused: bool = field(default=False, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Refusing(next, self)


class _Refusing(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: RefuseOnce) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        fault = self._fault
        if fault.refused or activity.info().activity_type != fault.step:
            return await super().execute_activity(input)
        fault.refused = True
        raise refusal(fault.refusal)


@dataclass
class FailSometimes(Interceptor):
    """Lets first attempts fail at random, before or after their effect; the seed repeats which ones."""

    seed: int
    probability: float
    failed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _FailingSometimes(next, self)

    def next_moment(self) -> Moment | None:
        """When the next first attempt fails; None when it does not."""
        if self._random.random() >= self.probability:
            return None
        self.failed += 1
        return "before" if self._random.random() < 0.5 else "after"


class _FailingSometimes(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, faults: FailSometimes) -> None:
        super().__init__(following)
        self._faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        moment = self._faults.next_moment() if activity.info().attempt == 1 else None
        if moment == "before":
            raise ConnectionResetError("the process died before the step")
        answer = await super().execute_activity(input)
        if moment == "after":
            raise ConnectionResetError("the process died after the step")
        return answer


@dataclass
class BackOff(Interceptor):
    """Lets each attempt at one activity fail until it is mended; the next one is due in an hour."""

    step: str
    moment: Moment = "before"
    mended: bool = field(default=False, init=False)
    attempts: int = field(default=0, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _BackingOff(next, self)


class _BackingOff(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: BackOff) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        fault = self._fault
        if activity.info().activity_type != fault.step:
            return await super().execute_activity(input)
        fault.attempts += 1
        if fault.mended:
            return await super().execute_activity(input)
        if fault.moment == "after":
            await super().execute_activity(input)
        raise ApplicationError("Jane Doe is away", type="gone_fishing", next_retry_delay=timedelta(hours=1))


@dataclass
class Hold(Interceptor):
    """Holds the first attempt at one activity until it is let go, and then lets it through or fail."""

    step: str
    fails: bool
    attempts: int = field(default=0, init=False)
    let_go: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 -- the SDK's name
        return _Holding(next, self)


class _Holding(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, fault: Hold) -> None:
        super().__init__(following)
        self._fault = fault

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 -- the SDK's signature
        fault = self._fault
        if activity.info().activity_type != fault.step:
            return await super().execute_activity(input)
        fault.attempts += 1
        if fault.attempts == 1:
            await fault.let_go.wait()
            if fault.fails:
                raise ApplicationError("held up", type="held_up", next_retry_delay=timedelta(hours=1))
        return await super().execute_activity(input)
