"""Reading docker-compose.yml as Compose does."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"

# The innermost ${NAME}, ${NAME:-default} or ${NAME:?message}; "$$" is a dollar sign.
_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?:(?P<operator>:-|:\?)(?P<rest>[^${}]*))?\}")


class MissingVariableError(Exception):
    """A variable that has to be set is not."""


def load() -> dict[str, Any]:
    """The file with its anchors resolved and its variables as they are written."""
    document: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return document


def variables() -> set[str]:
    """The names of all variables the file takes from .env."""
    named = {match["name"] for match in re.finditer(r"(?<!\$)\$\{(?P<name>\w+)", COMPOSE_FILE.read_text())}
    for service in load()["services"].values():
        named |= {name for name, value in service.get("environment", {}).items() if value is None}
    return named


def interpolate(value: str, given: dict[str, str]) -> str:
    """Put the given variables in, innermost first; MissingVariableError where one is required."""

    def replacement(match: re.Match[str]) -> str:
        if given.get(match["name"]):
            return given[match["name"]]
        if match["operator"] == ":?":
            raise MissingVariableError(match["name"])
        return match["rest"] or ""

    while (replaced := _VARIABLE.sub(replacement, value)) != value:
        value = replaced
    return value.replace("$$", "$")


def environment(service: str, given: dict[str, str]) -> dict[str, str]:
    """What a container of the service finds in its environment."""
    declared: dict[str, str | None] = load()["services"][service].get("environment", {})
    resolved = {
        name: given.get(name) if value is None else interpolate(value, given)
        for name, value in declared.items()
    }
    return {name: value for name, value in resolved.items() if value is not None}


def script(service: str) -> str:
    """The shell script that is a one-shot service's command."""
    [text] = load()["services"][service]["command"]
    return interpolate(text, {})
