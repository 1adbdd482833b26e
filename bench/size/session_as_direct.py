"""A session in the place of a direct transaction, to look at what SQLAlchemy sends."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct


class Found(dict[str, Any]):
    """A row by its columns' names, also as attributes."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- as its columns are
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class SessionAsDirect(Direct):
    """The same statements with the same parameters, through a session."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__(None)
        self._session = session

    async def find(self, statement: Executable, values: Mapping[str, Any]) -> Found | None:
        """See Direct."""
        return next(iter(await self.all(statement, values)), None)

    async def all(self, statement: Executable, values: Mapping[str, Any]) -> Sequence[Found]:
        """See Direct."""
        return [Found(row) for row in (await self._session.execute(statement, values)).mappings()]
