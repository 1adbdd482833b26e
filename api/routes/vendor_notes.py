"""What a vendor's people note about an order, for themselves only."""

from fastapi import Response, status

from api.callers import CurrentVendorUser
from api.dependencies import DatabaseDep, IdempotencyKey
from api.refusals import refused
from api.routes.vendor import vendor_router
from api.schemas.base import PathId
from api.schemas.notes import NoteAnswer, NoteRequest
from db.queries import notes, orders
from db.queries.notes import NewNote

router = vendor_router("orders")
_NOT_FOUND = refused("`order_not_found`, also for another shop's order")


@router.get("/orders/{order_id}/notes", summary="Read an order's notes", responses={404: _NOT_FOUND})
async def list_notes(order_id: PathId, user: CurrentVendorUser, database: DatabaseDep) -> list[NoteAnswer]:
    """What the shop's people noted, oldest first."""
    async with database.direct(user.vendor_id, reading=True) as direct:
        await orders.get_order(direct, order_id=order_id)
        found = await notes.list_notes(direct, order_id=order_id)
    return [NoteAnswer.model_validate(note) for note in found]


@router.post(
    "/orders/{order_id}/notes",
    summary="Note something about an order",
    status_code=status.HTTP_201_CREATED,
    responses={404: _NOT_FOUND},
)
async def write_note(
    order_id: PathId,
    given: NoteRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    database: DatabaseDep,
) -> NoteAnswer:
    """Keep a note for colleagues, at any time. Customers neither see it nor are told."""
    new = NewNote(user.vendor_id, order_id, user.id, given.body, key)
    async with database.vendor(user.vendor_id) as session:
        await orders.get_order(session, order_id=order_id)
        note_id, replayed = await notes.add_note(session, new)
        stored = await notes.get_note(session, order_id=order_id, note_id=note_id)
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return NoteAnswer.model_validate(stored)
