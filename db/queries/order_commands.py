"""What people ask of orders, kept so that a repeated request finds its first one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.direct import Direct
from db.tables import OrderCommand

_WHOSE: tuple[BindParameter[Any], ...] = (
    bindparam("order_id", type_=BigInteger),
    bindparam("actor_type", type_=Text),
    bindparam("actor_id", type_=BigInteger),
    bindparam("idempotency_key", type_=Text),
)
_ADD = text("""
    INSERT INTO order_commands
        (vendor_id, order_id, kind, actor_type, actor_id, idempotency_key, request_hash, body)
    VALUES (:vendor_id, :order_id, :kind, :actor_type, :actor_id, :idempotency_key, :request_hash, :body)
    ON CONFLICT DO NOTHING
    RETURNING id
""").bindparams(
    *_WHOSE,
    bindparam("vendor_id", type_=BigInteger),
    *(bindparam(name, type_=Text) for name in ("kind", "request_hash")),
    bindparam("body", type_=JSONB),
)
_FIRST = text("""
    SELECT id, request_hash FROM order_commands
    WHERE order_id = :order_id AND actor_type = :actor_type AND actor_id = :actor_id
        AND idempotency_key = :idempotency_key
""").bindparams(*_WHOSE)


@dataclass(frozen=True)
class KeptCommand:
    """A command that is stored; `known` when it was there before."""

    id: int
    request_hash: str
    known: bool


async def add_command(
    direct: Direct,
    *,
    vendor_id: int,
    order_id: int,
    kind: str,
    actor_type: str,
    actor_id: int,
    idempotency_key: str,
    request_hash: str,
    body: dict[str, Any],
) -> KeptCommand:
    """The command under this key of this actor for this order."""
    given = {
        "vendor_id": vendor_id,
        "order_id": order_id,
        "kind": kind,
        "actor_type": actor_type,
        "actor_id": actor_id,
        "idempotency_key": idempotency_key,
        "request_hash": request_hash,
        "body": body,
    }
    added = await direct.find(_ADD, given)
    if added is not None:
        return KeptCommand(added.id, request_hash, known=False)
    first = await direct.one(_FIRST, given)
    return KeptCommand(first.id, first.request_hash, known=True)


async def is_known(
    session: AsyncSession, *, order_id: int, actor_type: str, actor_id: int, idempotency_key: str
) -> bool:
    """Whether somebody gave a command for this order under this key before."""
    first = select(OrderCommand.id).where(
        OrderCommand.order_id == order_id,
        OrderCommand.actor_type == actor_type,
        OrderCommand.actor_id == actor_id,
        OrderCommand.idempotency_key == idempotency_key,
    )
    return await session.scalar(first) is not None
