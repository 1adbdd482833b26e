"""What routes ask for: the parts of the process, and which page of a list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Query, Request

from api.admission import Admission
from api.cursors import Cursor, read_cursor
from api.engine import Engine
from api.exporting import ExportSlots
from api.live.hub import Hub
from api.pages.languages import LANGUAGES, Languages
from api.placement_outcomes import PlacementOutcomes
from api.tokens import Tokens
from db.session import Database
from domain.errors import IdempotencyKeyInvalid
from domain.links import Links
from domain.orders import idempotency_key_ok
from settings import Settings

MAX_LIMIT = 200
MAX_SKIP = 100_000


@dataclass(frozen=True)
class Context:
    """The parts of the process that routes work with."""

    settings: Settings
    database: Database
    engine: Engine
    tokens: Tokens
    hub: Hub
    outcomes: PlacementOutcomes
    exports: ExportSlots
    admission: Admission
    languages: Languages = LANGUAGES

    async def stop_listening(self) -> None:
        """End the streams, and the connections that the database tells its news on."""
        await self.hub.close()
        await self.outcomes.close()


async def _context(request: Request) -> Context:
    return cast("Context", request.app.state.context)


ContextDep = Annotated[Context, Depends(_context)]


async def _settings(context: ContextDep) -> Settings:
    return context.settings


async def _database(context: ContextDep) -> Database:
    return context.database


async def _engine(context: ContextDep) -> Engine:
    return context.engine


async def _tokens(context: ContextDep) -> Tokens:
    return context.tokens


async def _hub(context: ContextDep) -> Hub:
    return context.hub


async def _outcomes(context: ContextDep) -> PlacementOutcomes:
    return context.outcomes


async def _admission(context: ContextDep) -> Admission:
    return context.admission


async def _links(context: ContextDep) -> Links:
    return Links(context.settings.link_secret.get_secret_value())


SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
EngineDep = Annotated[Engine, Depends(_engine)]
TokensDep = Annotated[Tokens, Depends(_tokens)]
AdmissionDep = Annotated[Admission, Depends(_admission)]
HubDep = Annotated[Hub, Depends(_hub)]
OutcomesDep = Annotated[PlacementOutcomes, Depends(_outcomes)]
LinksDep = Annotated[Links, Depends(_links)]


async def refuse_crowd(admission: AdmissionDep) -> None:
    """Raise Overloaded where an order would be refused a turn, before anything else is asked or read.

    A dependency: in a crowd most requests are refused, and what that takes is taken from the others.
    """
    admission.check()


async def _idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    if idempotency_key is not None and not idempotency_key_ok(idempotency_key):
        raise IdempotencyKeyInvalid("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]


@dataclass(frozen=True)
class Page:
    """Which part of a list, newest first: after `cursor`, or else after `skip` entries."""

    skip: int
    limit: int
    cursor: Cursor | None


def page_of(default: int) -> Callable[..., Awaitable[Page]]:
    """The dependency for a list with `default` entries a page."""

    async def page(
        skip: Annotated[int, Query(ge=0, le=MAX_SKIP)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = default,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Page:
        return Page(skip=skip, limit=limit, cursor=None if cursor is None else read_cursor(cursor))

    return page


PageOf20 = Annotated[Page, Depends(page_of(20))]
PageOf50 = Annotated[Page, Depends(page_of(50))]
