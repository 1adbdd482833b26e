"""Finding, stopping and clearing away a local stack from outside its supervisor."""

import time
from collections.abc import Callable

from local.errors import StackError
from local.home import Home, read_json
from local.identity import ProcessIdentity, end

_STOP_PATIENCE = 75.0  # longer than the parts' own patience together usually takes
_PAUSE = 0.05


def supervisor(home: Home) -> ProcessIdentity | None:
    """The home's supervisor, if it is alive."""
    document = read_json(home.processes_file)
    if document is None or document.get("supervisor") is None:
        return None
    identity = ProcessIdentity.from_json(document["supervisor"])
    return identity if identity.is_alive() else None


def parts(home: Home) -> dict[str, ProcessIdentity]:
    """The home's processes that are alive, in the order of their start."""
    document = read_json(home.processes_file) or {}
    identities = {name: ProcessIdentity.from_json(each) for name, each in document.get("parts", {}).items()}
    return {name: identity for name, identity in identities.items() if identity.is_alive()}


def clear_leftovers(home: Home) -> list[str]:
    """Stop what a killed supervisor left running; returns the names. Call only when none runs."""
    left = [name for name, identity in reversed(parts(home).items()) if end(identity)]
    home.stack_file.unlink(missing_ok=True)
    home.processes_file.unlink(missing_ok=True)
    return left


def stop(home: Home, say: Callable[[str], None]) -> bool:
    """Stop the home's stack and wait for its end; False when nothing ran."""
    ran = home.is_running()
    if ran:
        _stop_supervisor(home, say)
    left = clear_leftovers(home)
    if left:
        say(f"Stopped what was left running: {', '.join(left)}.")
    return ran or bool(left)


def _stop_supervisor(home: Home, say: Callable[[str], None]) -> None:
    """Ask the supervisor to stop the stack; kill it when that takes too long."""
    deadline = time.monotonic() + _STOP_PATIENCE
    asked = False
    while home.is_running():
        process = supervisor(home)
        if process is not None and not asked:
            say("Stopping …")
            end(process, patience=deadline - time.monotonic())
            asked = True
        elif time.monotonic() > deadline:
            raise StackError(f"{home.path / 'lock'} is held by a process that does not end")
        time.sleep(_PAUSE)


def wait_for_stack(home: Home, patience: float = 180.0) -> bool:
    """Whether the stack runs; one that another process is starting is waited for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and home.is_running():
        if home.stack_file.exists():
            return True
        time.sleep(_PAUSE)
    return False
