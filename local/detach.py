"""`orion up --detach`: a supervisor of its own, and a parent that waits until everything is ready."""

import subprocess
import sys
import time
from pathlib import Path

from local.environment import process_environment
from local.home import Home, read_json
from local.terminal import Terminal, addresses

_PATIENCE = 300.0
_PAUSE = 0.05


def up_detached(home: Home, terminal: Terminal) -> int:
    """Start the stack in the background; returns the exit code once it is ready or has failed."""
    home.stack_file.unlink(missing_ok=True)  # of a supervisor that was killed
    log = home.data("logs") / "supervisor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cli", "supervise"],
            cwd=home.path,
            env=process_environment() | {"ORION_HOME": str(home.path)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = _follow(process, log, home, terminal)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 130
    document = read_json(home.stack_file)
    if code is None and document is not None:
        terminal.output.print()
        terminal.output.print(addresses(document))
        terminal.say(f"\nLogs are in {home.logs}. `make down` stops everything.")
        return 0
    return code or 1


def _follow(process: subprocess.Popen[bytes], log: Path, home: Home, terminal: Terminal) -> int | None:
    """Show what the supervisor says; None once the stack is ready, else the supervisor's exit code."""
    deadline = time.monotonic() + _PATIENCE
    with log.open(encoding="utf-8", errors="replace") as lines:
        while True:
            ready = home.stack_file.exists()
            code = process.poll()
            for line in lines:
                terminal.say(line.rstrip("\n"))
            if ready or code is not None:
                return None if ready else code
            if time.monotonic() > deadline:
                process.terminate()
                terminal.say(f"The stack is not ready after {_PATIENCE:.0f} s.", "red")
                return process.wait()
            time.sleep(_PAUSE)
