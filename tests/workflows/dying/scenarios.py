"""Which of the tests that recorded the histories is lived through with a death at each boundary."""

import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tests.workflows.dying.boundaries import Boundary, Step, boundaries, recorded

_TESTS = Path(__file__).parents[1]


@cache
def scenarios() -> dict[str, Callable[..., Any]]:
    """Tests by name in a shop whose worker nobody has tampered with."""
    found = {}
    for path in sorted(_TESTS.glob("test_*.py")):
        module = importlib.import_module(f"tests.workflows.{path.stem}")
        if hasattr(module, "interceptors"):
            continue
        for name, test in inspect.getmembers(module, inspect.iscoroutinefunction):
            own = test.__module__ == module.__name__ and name.startswith("test_")
            if own and "shop" in inspect.signature(test).parameters:
                found[name] = test
    return found


def scenario_of(step: Step) -> str | None:
    """The shortest scenario that has the step, rather one without parameters; None where there is none."""
    usable = [
        ("-" in stem.rstrip("-0123456789"), length, name)
        for stem, length in recorded()[step].items()
        for name in scenarios()
        if stem == name.removeprefix("test_") or stem.startswith(f"{name.removeprefix('test_')}-")
    ]
    return min(usable)[-1] if usable else None


@cache
def assigned() -> dict[str, list[Boundary]]:
    """The boundaries that each scenario is lived through with."""
    found: dict[str, list[Boundary]] = {}
    for boundary in boundaries():
        name = scenario_of(boundary.step)
        if name is not None:
            found.setdefault(name, []).append(boundary)
    return found


def uncovered() -> list[Step]:
    """Steps of the histories that no scenario reaches."""
    return [step for step in sorted(recorded()) if scenario_of(step) is None]
