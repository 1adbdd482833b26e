"""The house stands: its names are its own, and its files stay small."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
ROOMS = (
    "activities",
    "api",
    "bench",
    "db",
    "domain",
    "local",
    "logs",
    "settings",
    "tests",
    "worker",
    "workflows",
)


def modules(room: str) -> list[Path]:
    found = [*(PROJECT / room).rglob("*.py"), *PROJECT.glob(f"{room}.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def test_no_installed_distribution_ships_one_of_our_names() -> None:
    shipped = importlib.metadata.packages_distributions()
    foreign = {name: [owner for owner in shipped.get(name, []) if owner != "orion-orders"] for name in ROOMS}
    assert {name: owners for name, owners in foreign.items() if owners} == {}


@pytest.mark.parametrize("room", [name for name in ROOMS if name != "tests"])
def test_every_module_says_in_one_line_what_it_is(room: str) -> None:
    silent = []
    for path in modules(room):
        text = path.read_text()
        documented = ast.get_docstring(ast.parse(text))
        if text.strip() and not documented:
            silent.append(str(path.relative_to(PROJECT)))
    assert silent == []


def test_no_module_is_called_after_nothing() -> None:
    nouns = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for room in ROOMS for path in modules(room) if path.stem in nouns] == []
