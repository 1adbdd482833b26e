"""The `orion` command."""

import asyncio
import logging
import os
import sys
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from db.migrate import MigrationBusyError, migrate
from db.roles import UnsafeRoleError
from db.session import Database
from local import running
from local.catalogue.loader import load_catalogue
from local.credentials import Credentials
from local.detach import up_detached
from local.home import ForeignHomeError, Home, read_json
from local.part import PartError
from local.ports import PortBusyError
from local.postgres import APPLICATION, OWNER, EmbeddedPostgres
from local.postgres_account import delete_outside
from local.seed import ProductionSeedError, seed
from local.terminal import Terminal, addresses, console
from local.up import up as run_stack
from settings import Settings

app = typer.Typer(
    help="Orion on this machine: everything it needs, with demo shops. Data is kept in $ORION_HOME (.orion).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_REFUSALS = (PartError, PortBusyError, ForeignHomeError, TimeoutError, ProductionSeedError)


@app.command("up")
def up_command(
    reset: Annotated[
        bool, typer.Option("--reset", help="Stop, delete this stack's data, start anew.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return once everything is ready.")] = False,
) -> None:
    """Start the whole stack and keep it running."""
    home = Home.from_environment()
    terminal = Terminal(console())
    if os.environ.get("ORION_ENVIRONMENT") == "production":
        terminal.say("`orion up` is for development; ORION_ENVIRONMENT says production.", "red")
        raise typer.Exit(1)
    if reset:
        running.stop(home, terminal.say)
        home.delete_data()
        delete_outside(home)
    raise typer.Exit(up_detached(home, terminal) if detach else run_stack(home, terminal))


@app.command(hidden=True)
def supervise() -> None:
    """Run the stack for `orion up --detach`."""
    raise typer.Exit(run_stack(Home.from_environment(), Terminal(console()), show_addresses=False))


@app.command()
def down() -> None:
    """Stop the stack and wait until it has ended."""
    home = Home.from_environment()
    terminal = Terminal(console())
    stopped = running.stop(home, terminal.say)
    terminal.say("Everything has stopped." if stopped else f"No stack runs in {home.path}.")


@app.command()
def status() -> None:
    """Show what runs and where; exit code 1 when nothing does."""
    home = Home.from_environment()
    terminal = Terminal(console())
    document = read_json(home.stack_file)
    if document is None or not home.is_running():
        terminal.say(f"No stack runs in {home.path}.")
        raise typer.Exit(1)
    for name, identity in running.parts(home).items():
        terminal.say(f"  {name:<16} process {identity.pid}")
    terminal.output.print()
    terminal.output.print(addresses(document))


@app.command("migrate")
def migrate_command() -> None:
    """Bring the schema up to date: of the settings' database if they name one, else of this stack."""
    owner_url, app_url, _ = _database()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("db.migrate").setLevel(logging.INFO)
    asyncio.run(migrate(owner_url, app_url))


@app.command("seed")
def seed_command() -> None:
    """Add the demo shops where they are missing; the database is chosen as by `migrate`."""
    _, app_url, environment = _database()

    async def sow() -> int:
        database = Database(app_url, pool_size=1, timeout=30.0)
        try:
            return await seed(database, load_catalogue(), environment=environment)
        finally:
            await database.close()

    added = asyncio.run(sow())
    Terminal(console()).say(f"{added} rows added." if added else "The demo data is all there.")


def _database() -> tuple[str, str, str]:
    """The owner's and the application's URL and the environment they belong to."""
    settings = Settings()
    home = Home.from_environment()
    if "database_url" not in settings.model_fields_set and home.is_running():
        cluster = EmbeddedPostgres(home, Credentials.of(home))
        return cluster.url(OWNER), cluster.url(APPLICATION), settings.environment
    return settings.database_owner_url, settings.database_url, settings.environment


def run() -> int:
    """Run the command line; returns the exit code, with refusals told in a sentence."""
    try:
        app()
    except _REFUSALS as error:
        console(error=True).print(str(error), style="red", markup=False)
        return 1
    except (DBAPIError, MigrationBusyError, UnsafeRoleError, OSError) as error:
        console(error=True).print(f"{getattr(error, 'orig', None) or error}", style="red", markup=False)
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
