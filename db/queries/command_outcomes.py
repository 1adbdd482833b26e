"""What became of commands."""

from typing import Any

from sqlalchemy import BigInteger, bindparam, select

from db.direct import Direct
from db.tables import OrderCommand

_OUTCOME = select(OrderCommand.outcome).where(OrderCommand.id == bindparam("command_id", type_=BigInteger))


async def command_outcome(direct: Direct, *, command_id: int) -> dict[str, Any] | None:
    """What the workflow made of a command: applied or a refusal; None as long as it is undecided."""
    found = await direct.find(_OUTCOME, {"command_id": command_id})
    return None if found is None else found.outcome
