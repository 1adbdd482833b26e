"""`orion migrate` and `orion seed`: on the database of the settings, else on that of the running stack."""

import asyncio
import logging
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from db.migrate import MigrationBusyError, migrate
from db.roles import UnsafeRoleError
from db.session import Database
from local.catalogue.loader import load_catalogue
from local.credentials import Credentials
from local.errors import StackError
from local.home import Home
from local.postgres import APPLICATION, OWNER, EmbeddedPostgres
from local.seed import ProductionSeedError, seed
from settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """A database, as the owner of its tables and as the application, and what it is for."""

    owner_url: str
    app_url: str
    environment: str


def target(home: Home) -> Target:
    """The settings' database if a variable or `.env` names one, else the running stack's."""
    settings = Settings()
    if "database_url" not in settings.model_fields_set and home.is_running():
        cluster = EmbeddedPostgres(home, Credentials.of(home))
        return Target(cluster.url(OWNER), cluster.url(APPLICATION), settings.environment)
    return Target(settings.database_owner_url, settings.database_url, settings.environment)


def migrate_database(home: Home) -> None:
    """Bring the schema up to date; raises StackError."""
    database = target(home)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("db.migrate").setLevel(logging.INFO)
    try:
        asyncio.run(migrate(database.owner_url, database.app_url))
    except (OSError, DBAPIError, MigrationBusyError, UnsafeRoleError) as error:
        raise StackError(f"The database cannot be migrated: {_reason(error)}") from error


def seed_database(home: Home) -> int:
    """Add the demo shops where they are missing; returns the number of rows added, raises StackError."""
    try:
        return asyncio.run(_seed(target(home)))
    except (OSError, DBAPIError, ProductionSeedError) as error:
        raise StackError(f"The database cannot be seeded: {_reason(error)}") from error


async def _seed(chosen: Target) -> int:
    database = Database(chosen.app_url, pool_size=1, timeout=30.0)
    try:
        return await seed(database, load_catalogue(), environment=chosen.environment)
    finally:
        await database.close()


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
