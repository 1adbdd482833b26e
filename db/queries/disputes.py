"""Disputes as a shop reads them."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct, Entity, rows
from db.tables import Dispute

_DISPUTE = Entity(Dispute)
_OF_ORDER = (
    select(*_DISPUTE.columns)
    .where(Dispute.order_id == bindparam("order_id", type_=BigInteger))
    .order_by(Dispute.opened_at, Dispute.id)
)


async def list_disputes(via: Direct | AsyncSession, *, order_id: int) -> Sequence[Dispute]:
    """An order's disputes, oldest first."""
    return [_DISPUTE.read(row) for row in await rows(via, _OF_ORDER, {"order_id": order_id})]
