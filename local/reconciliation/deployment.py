"""Which deployment `orion reconcile` speaks to: the settings' if they name one, else the running stack."""

from temporalio.client import Client

from local.credentials import Credentials
from local.errors import StackError
from local.home import Home, read_json
from local.postgres import APPLICATION, EmbeddedPostgres
from settings import Settings
from workflows.connecting import connection


def deployment(home: Home) -> Settings:
    """The settings of a deployment; raises StackError when none is named and none runs here."""
    settings = Settings()
    if settings.model_fields_set & {"temporal_address", "database_url"}:
        return settings
    stack = read_json(home.stack_file) if home.is_running() else None
    if stack is None:
        raise StackError(
            f"No stack runs in {home.path}, and no ORION_TEMPORAL_ADDRESS names another deployment."
        )
    return settings.model_copy(
        update={
            "database_url": EmbeddedPostgres(home, Credentials.of(home)).url(APPLICATION),
            "temporal_address": stack["temporal_address"],
            "temporal_namespace": stack["temporal_namespace"],
            "task_queue": stack["task_queue"],
        }
    )


async def connect(settings: Settings) -> Client:
    """A client of the deployment's Temporal; raises StackError when it does not answer."""
    try:
        return await Client.connect(**connection(settings))
    except RuntimeError as error:
        raise StackError(f"Temporal does not answer at {settings.temporal_address}.") from error
