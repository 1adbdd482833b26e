"""Processes are known again by more than their number."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from local.identity import ProcessIdentity, end


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as process:
        # For a moment after it was started a process has no command line yet, and could be anybody.
        while not psutil.Process(process.pid).cmdline():
            time.sleep(0.001)
        yield process
        process.kill()


def identity_of(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = ProcessIdentity.of(process.pid, ["sleep", "600"])
    assert identity is not None
    return identity


def test_process_is_known_again_from_a_file(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    assert ProcessIdentity.from_json(identity.to_json()) == identity
    assert identity.is_alive()


def test_other_command_with_the_number_is_somebody_else(sleeper: subprocess.Popen[bytes]) -> None:
    assert not replace(identity_of(sleeper), command=("sleep", "601")).is_alive()


def test_later_process_with_the_number_is_somebody_else(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    assert not replace(identity, started=identity.started - 60).is_alive()


def test_ended_process_is_not_alive_even_before_its_parent_looks(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.is_alive()


def test_no_process_has_no_identity() -> None:
    with subprocess.Popen(["/bin/sh", "-c", ":"]) as process:
        process.wait()
    assert ProcessIdentity.of(process.pid) is None


def test_end_stops_a_process(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    assert end(identity)
    assert sleeper.wait() == -signal.SIGTERM
    assert not end(identity)


def test_end_spares_a_stranger(sleeper: subprocess.Popen[bytes]) -> None:
    assert not end(replace(identity_of(sleeper), command=("postgres",)))
    assert sleeper.poll() is None


def test_end_kills_what_does_not_stop() -> None:
    script = "trap '' TERM; echo ready; while true; do sleep 0.1; done"
    command = ["sh", "-c", script]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        identity = ProcessIdentity.of(process.pid, command)
        assert identity is not None
        assert end(identity, patience=0.2)
        assert process.wait() == -signal.SIGKILL
