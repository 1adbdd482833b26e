"""Ports: defaults, variables, free ones, and a message that helps when one is taken."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from local.ports import PortBusyError, Ports, choose_ports, is_free


@pytest.fixture(autouse=True)
def _no_ports_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ORION_PORT")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)  # where there is no .env


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_defaults_are_the_usual_ports() -> None:
    ports = Ports()
    assert (ports.api, ports.temporal, ports.temporal_ui) == (8000, 7233, 8233)
    assert (ports.smtp, ports.mail) == (1025, 8025)


def test_taken_port_is_named_with_its_holder_and_its_variable(
    monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setenv("ORION_PORTS", "auto")
    monkeypatch.setenv("ORION_PORT_STRIPE", str(taken))
    with pytest.raises(PortBusyError) as caught:
        choose_ports()

    message = str(caught.value)
    assert f"{taken} is held by process {os.getpid()} (" in message
    assert "ORION_PORT_STRIPE" in message
    assert "ORION_PORTS=auto" in message


def test_every_taken_port_is_named(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        monkeypatch.setenv("ORION_PORTS", "auto")
        monkeypatch.setenv("ORION_PORT_API", str(taken))
        monkeypatch.setenv("ORION_PORT_MAIL", str(other.getsockname()[1]))
        with pytest.raises(PortBusyError, match=r"ORION_PORT_API(.|\n)*ORION_PORT_MAIL"):
            choose_ports()


def test_one_port_for_two_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORION_PORTS", "auto")
    monkeypatch.setenv("ORION_PORT_MAIL", "31999")
    monkeypatch.setenv("ORION_PORT_SMTP", "31999")
    with pytest.raises(PortBusyError, match="ORION_PORT_MAIL and ORION_PORT_SMTP are both 31999"):
        choose_ports()


def test_auto_chooses_free_ports_and_keeps_the_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given = choose_free(monkeypatch)
    monkeypatch.setenv("ORION_PORT_API", str(given))

    chosen = choose_ports()

    assert chosen.api == given
    numbers = list(chosen.model_dump().values())
    assert len(set(numbers)) == len(numbers)
    assert all(is_free(number) for number in numbers)


def choose_free(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("ORION_PORTS", "auto")
    return choose_ports().api
