"""The `orion` command."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from local import running
from local.demo.command import run_demo
from local.detach import up_detached
from local.errors import StackError
from local.home import Home, read_json
from local.postgres_account import delete_outside
from local.terminal import Terminal, addresses, console, show_running

app = typer.Typer(
    help="Orion on this machine: everything it needs, with demo shops. Data is kept in $ORION_HOME (.orion).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def up(
    reset: Annotated[
        bool, typer.Option("--reset", help="Stop, delete this stack's data, start anew.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return once everything is ready.")] = False,
) -> None:
    """Start the whole stack and keep it running."""
    home = Home.from_environment()
    terminal = Terminal(console())
    if os.environ.get("ORION_ENVIRONMENT") == "production":
        raise StackError("`orion up` is for development, and ORION_ENVIRONMENT says production.")
    if reset:
        running.stop(home, terminal.say)
        home.delete_data()
        delete_outside(home)
    home.create()
    if running.wait_for_stack(home):
        show_running(home, terminal)
        raise typer.Exit(0)
    raise typer.Exit(up_detached(home, terminal) if detach else _run(home, terminal))


@app.command(hidden=True)
def supervise() -> None:
    """Run the stack for `orion up --detach`."""
    raise typer.Exit(_run(Home.from_environment(), Terminal(console()), show_addresses=False))


def _run(home: Home, terminal: Terminal, *, show_addresses: bool = True) -> int:
    terminal.say(f"Starting the stack in {home.path} …")
    from local.up import run_stack  # noqa: PLC0415 -- takes seconds, and the other commands do without

    return run_stack(home, terminal, show_addresses=show_addresses)


@app.command()
def down() -> None:
    """Stop the stack and wait until it has ended."""
    home = Home.from_environment()
    terminal = Terminal(console())
    stopped = running.stop(home, terminal.say)
    terminal.say("Everything has stopped." if stopped else f"No stack runs in {home.path}.")


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was seen as one JSON object.")] = False,
) -> None:
    """Drive one order from cart to delivered, and one to its refund, showing each step."""
    raise typer.Exit(run_demo(Home.from_environment(), as_json=as_json))


@app.command()
def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as one JSON object.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last one was stopped.")] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Compare also what has changed within the last minutes.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the one that runs, to be resumed.")] = False,
) -> None:
    """Compare orders, Stripe, stock and workflows, mend what is safe; exit code 1 when something is left."""
    from local.reconciliation.command import Wish, run_reconciliation  # noqa: PLC0415 -- as above

    wish = Wish(resume=resume, now=now, stop=stop)
    raise typer.Exit(run_reconciliation(Home.from_environment(), wish, as_json=as_json))


_Superuser = Annotated[
    str | None,
    typer.Option(
        "--superuser-url",
        envvar="ORION_BACKUP_URL",
        show_envvar=True,
        help="Of a deployment: its database as a role that row-level security does not hold.",
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print what was done as one JSON object.")]


@app.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="Default: orion-{time}.dump, here.")] = None,
    superuser_url: _Superuser = None,
) -> None:
    """Back up the database to a new file: of the settings if they name one, else of this stack."""
    from local.backup.command import run_backup  # noqa: PLC0415 -- as above

    run_backup(Home.from_environment(), file, superuser_url)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `orion backup` wrote.")],
    superuser_url: _Superuser = None,
    as_json: _Json = False,
) -> None:
    """Put a backup in the database's place, and catch up with Temporal and Stripe; everything has to be down.

    Exit code 1 when orders were lost or something needs attention.
    """
    from local.backup.command import run_restore  # noqa: PLC0415 -- as above

    raise typer.Exit(run_restore(Home.from_environment(), file, superuser_url, as_json=as_json))


@app.command(name="catch-up")
def catch_up(
    since: Annotated[
        datetime | None,
        typer.Option(help="The moment, in UTC, whose state the database was restored to."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Bring a restored database to where its orders' workflows are; `restore` does it by itself.

    Without --since orders that are missing are told and not given up.
    """
    from local.backup.command import run_catch_up  # noqa: PLC0415 -- as above

    moment = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
    raise typer.Exit(run_catch_up(Home.from_environment(), moment, as_json=as_json))


@app.command()
def status() -> None:
    """Show what runs and where; exit code 1 when nothing does."""
    home = Home.from_environment()
    terminal = Terminal(console())
    document = read_json(home.stack_file)
    if document is None or not home.is_running():
        terminal.say(f"No stack runs in {home.path}.")
        raise typer.Exit(1)
    alive = running.parts(home)
    for name in document["pids"]:
        state = f"process {alive[name].pid}" if name in alive else "is starting again"
        terminal.say(f"  {name:<16} {state}")
    terminal.output.print()
    terminal.output.print(addresses(document))


@app.command()
def migrate() -> None:
    """Bring the schema up to date: of the settings' database if they name one, else of the running stack."""
    from local.database import migrate_database  # noqa: PLC0415 -- as above

    migrate_database(Home.from_environment())


@app.command()
def seed() -> None:
    """Add the demo shops where they are missing, in the database that `migrate` would take."""
    from local.database import seed_database  # noqa: PLC0415 -- as above

    added = seed_database(Home.from_environment())
    Terminal(console()).say(f"{added} rows added." if added else "The demo data is all there.")


def run() -> int:
    """Run the command line; returns the exit code, with refusals told in a sentence."""
    try:
        app()
    except StackError as error:
        Terminal(console(error=True)).say(str(error), "red")
        return 1
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except KeyboardInterrupt:
        return 130
    return 0


def main() -> None:
    """Exit through `os._exit`: the Temporal SDK's threads may abort an interpreter that is shutting down."""
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
