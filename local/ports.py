"""The TCP ports of one local stack."""

import os
import random
import socket
from contextlib import closing

import psutil
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from local.errors import StackError

HOST = "127.0.0.1"
# Below what systems use for outgoing connections, so that nobody takes a port while its part is restarting.
_AUTOMATIC = range(20_000, 32_000)


class PortBusyError(StackError):
    """A port is taken; the text names it, its holder if known, and the variable that moves it."""


class Ports(BaseSettings):
    """Each is a variable, such as `ORION_PORT_API`; `ORION_PORTS=auto` takes free ones for the others."""

    model_config = SettingsConfigDict(env_prefix="ORION_PORT_", env_file=".env", extra="ignore")

    api: int = Field(default=8000, ge=1, le=65535)
    temporal: int = Field(default=7233, ge=1, le=65535)
    temporal_ui: int = Field(default=8233, ge=1, le=65535)
    stripe: int = Field(default=12111, ge=1, le=65535)
    mail: int = Field(default=8025, ge=1, le=65535)
    smtp: int = Field(default=1025, ge=1, le=65535)
    worker_metrics: int = Field(default=9464, ge=1, le=65535)


def choose_ports() -> Ports:
    """The stack's ports, all free just now; raises PortBusyError naming every one that is not."""
    ports = Ports()
    if os.environ.get("ORION_PORTS", "").strip().lower() == "auto":
        given = ports.model_fields_set
        chosen = {name: getattr(ports, name) for name in given}
        for name in Ports.model_fields:
            if name not in given:
                chosen[name] = _free_port(taken=set(chosen.values()))
        ports = ports.model_copy(update=chosen)
    _refuse_duplicates(ports)
    busy = [name for name in Ports.model_fields if not is_free(getattr(ports, name))]
    if busy:
        lines = [f"  {_describe(name, getattr(ports, name))}" for name in busy]
        raise PortBusyError(
            "\n".join(["Some ports are taken:", *lines, "ORION_PORTS=auto chooses free ports for all parts."])
        )
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """Who listens on the port, as far as this user may know."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:  # macOS shows other processes to root only
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            try:
                process = psutil.Process(connection.pid)
                return f"process {connection.pid} ({' '.join(process.cmdline())[:80] or process.name()})"
            except psutil.Error:
                return f"process {connection.pid}"
    return None


def _free_port(taken: set[int]) -> int:
    candidates = (port for port in random.sample(_AUTOMATIC, len(_AUTOMATIC)) if port not in taken)
    return next(port for port in candidates if is_free(port))


def _refuse_duplicates(ports: Ports) -> None:
    names: dict[int, str] = {}
    for name in Ports.model_fields:
        port = getattr(ports, name)
        if port in names:
            raise PortBusyError(f"{_variable(names[port])} and {_variable(name)} are both {port}")
        names[port] = name


def _describe(name: str, port: int) -> str:
    who = holder(port)
    return f"{port} is held by {who or 'another program'}; set {_variable(name)} to use another port"


def _variable(name: str) -> str:
    return f"ORION_PORT_{name.upper()}"
