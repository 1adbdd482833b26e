"""A few orders while everything dies, in the way of `make chaos`."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.programs import PROJECT

_SECONDS = 600
_STOPPING = 60


@pytest.mark.slow
@pytest.mark.timeout(_SECONDS + _STOPPING + 20)
def test_orders_come_through_deaths_and_cuts(tmp_path: Path) -> None:
    file, log = tmp_path / "verdict.json", tmp_path / "chaos.log"
    options = ("--orders", "6", "--at-a-time", "6", "--window", "6", "--deaths", "5", "--json", str(file))
    with log.open("wb") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "bench.chaos", *options], cwd=PROJECT, stdout=output, stderr=output
        )
        try:
            code = run.wait(_SECONDS)
        finally:
            if run.poll() is None:
                run.send_signal(signal.SIGINT)  # it stops its stack, which would stay otherwise
                run.wait(_STOPPING)

    told = log.read_text()
    assert code == 0, told
    verdict = json.loads(file.read_text())
    assert sum(each["times"] for each in verdict["happened"]) >= 5, told
    assert sum(each["times"] for each in verdict["cuts"]) > 0, told
    [rolled] = [
        each for each in verdict["invariants"] if each["name"] == "a rolling restart loses no request"
    ]
    assert rolled["compared"] > 20
    assert verdict["done"]
