"""Catching up with a deployment, from its settings."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.service import RPCError

from activities.gateways.stripe_payments import StripePayments
from db.session import Database
from domain.errors import Unavailable
from local.catching_up.walk import CatchingUp, CaughtUp
from local.errors import StackError
from settings import Settings
from worker.connecting import connect

_TIMEOUT = 60.0
# As the application's role, which sees what its other sessions are called.
_COMPANY = text("""
    SELECT application_name FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() LIMIT 1
""")


async def catch_up(settings: Settings, since: datetime | None, say: Callable[[str], None]) -> CaughtUp:
    """Catch up; raises StackError when Temporal, Stripe or the database cannot be asked."""
    try:
        client = await connect(settings)
    except RuntimeError as error:
        raise StackError(f"Temporal does not answer at {settings.temporal_address}.") from error
    database = Database(settings.database_url, pool_size=4, timeout=_TIMEOUT)
    payments = StripePayments(
        settings.stripe_secret_key.get_secret_value(), settings.stripe_api_url, settings.stripe_timeout
    )
    try:
        await _refuse_company(database)
        say("Comparing orders with their workflows and with Stripe …")
        return await CatchingUp(database, client, payments, settings).walk(since, say)
    except (OSError, DBAPIError, RPCError, Unavailable) as error:
        told = getattr(error, "message", None) or type(error).__name__
        raise StackError(f"Catching up broke off ({told}); `orion catch-up` begins it again.") from error
    finally:
        await payments.close()
        await database.close()


async def _refuse_company(database: Database) -> None:
    """A worker would write an order's next event before those that are missing."""
    async with database.asking() as direct:
        company = await direct.find(_COMPANY, {})
    if company is not None:
        raise StackError(
            f"The database is in use by {company.application_name}: stop every API and worker first."
        )
