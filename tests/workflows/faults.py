"""Activities that fail once, before or after their effect, as a dying process makes them."""

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
