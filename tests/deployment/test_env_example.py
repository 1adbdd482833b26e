""".env.example names every setting with its default."""

import re

import pytest

from settings import Settings
from tests.deployment.compose import ROOT

_LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
_EXAMPLES = {
    match[1]: match[2] for line in _LINES if (match := re.fullmatch(r"# ORION_([A-Z_]+)=(.*)", line))
}


def test_every_setting_is_named_once() -> None:
    assert sorted(_EXAMPLES) == sorted(name.upper() for name in Settings.model_fields)


def test_copying_it_changes_nothing() -> None:
    assert all(line == "" or line.startswith("#") for line in _LINES)


@pytest.mark.parametrize("name", sorted(_EXAMPLES))
def test_value_is_the_default(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = getattr(Settings(_env_file=None), name.lower())
    if _EXAMPLES[name] == "":
        assert default is None or name in {"JWT_SECRET", "LINK_SECRET"}
        return

    monkeypatch.setenv(f"ORION_{name}", _EXAMPLES[name])

    assert getattr(Settings(_env_file=None), name.lower()) == default
