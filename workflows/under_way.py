"""Steps outside the house that a workflow waits for, and having one of them tried at once."""

from dataclasses import dataclass
from typing import Any

from temporalio.workflow import ActivityHandle


@dataclass
class StepUnderWay:
    """A step as it was scheduled; `again` once an operator has it tried at once."""

    name: str
    handle: ActivityHandle[Any]
    again: bool = False


class StepsUnderWay:
    """What one workflow waits for at present, in the order in which it began."""

    def __init__(self) -> None:
        self._steps: list[StepUnderWay] = []

    def begin(self, name: str, handle: ActivityHandle[Any]) -> StepUnderWay:
        """Note a step that was scheduled."""
        begun = StepUnderWay(name, handle)
        self._steps.append(begun)
        return begun

    def end(self, ended: StepUnderWay) -> None:
        """Forget a step that answered, failed, or is scheduled anew."""
        self._steps.remove(ended)

    def named(self, name: str | None) -> list[str]:
        """The steps under way of this name, or all."""
        return [step.name for step in self._steps if name in (None, step.name)]

    def try_now(self, name: str | None) -> list[str]:
        """Have the steps of this name, or all, scheduled anew; answers which ones they are.

        What runs at this moment is let through and its result taken; what backs off is cancelled.
        """
        tried = [step for step in self._steps if name in (None, step.name)]
        for step in tried:
            step.again = True
            step.handle.cancel()
        return [step.name for step in tried]
