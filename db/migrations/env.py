"""Runs the revisions on the connection that `db.migrate` gives, or, called by hand, on its own."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from db.migrate import owner_engine
from db.tables import Base
from settings import Settings


def run(connection: Connection) -> None:
    """Run what was asked for, each revision in its own transaction."""
    context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_by_hand() -> None:
    """Connect as the owner named in the settings."""
    engine = owner_engine(Settings().database_owner_url)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    asyncio.run(run_by_hand())
