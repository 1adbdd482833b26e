"""A few orders while everything dies, in the way of `make chaos`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.programs import PROJECT

_SECONDS = 400


@pytest.mark.slow
@pytest.mark.timeout(_SECONDS + 20)
def test_orders_come_through_deaths_and_cuts(tmp_path: Path) -> None:
    file = tmp_path / "verdict.json"
    options = ("--orders", "6", "--at-a-time", "6", "--window", "6", "--deaths", "5", "--json", str(file))
    run = subprocess.run(
        [sys.executable, "-m", "bench.chaos", *options],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    verdict = json.loads(file.read_text())
    assert sum(each["times"] for each in verdict["happened"]) >= 5, run.stdout
    assert sum(each["times"] for each in verdict["cuts"]) > 0, run.stdout
    [rolled] = [
        each for each in verdict["invariants"] if each["name"] == "a rolling restart loses no request"
    ]
    assert rolled["compared"] > 20
    assert verdict["done"]
