"""Activities that fail once, before or after their effect, as a dying process makes them."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

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
