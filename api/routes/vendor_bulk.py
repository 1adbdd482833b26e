"""Bulk changes of a vendor's orders: started, followed, and stopped."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi import status as http

from api.bulk_changes import BulkCommand, move_bulk_change, start_bulk_change
from api.callers import CurrentVendorUser
from api.cursors import Cursor, link_next
from api.dependencies import DatabaseDep, EngineDep, IdempotencyKey, PageOf50
from api.order_filter import Filter
from api.refusals import refused
from api.routes.vendor import PREFIX, vendor_router
from api.schemas.base import PathId
from api.schemas.bulk import (
    BulkAccepted,
    BulkJobAnswer,
    BulkJobDetail,
    BulkStatusRequest,
    ResultKind,
    present_job,
    present_job_detail,
)
from db.queries import bulk_jobs
from domain.bulk import BulkState

_PATH = "/orders/bulk-status"
_NOT_FOUND = refused("`bulk_job_not_found`, also for another shop's job")
_MOVES: dict[int | str, dict[str, Any]] = {404: _NOT_FOUND, 409: refused("`bulk_job_over`")}

router = vendor_router("bulk changes")


@router.post(
    _PATH,
    summary="Move many orders to another status",
    status_code=http.HTTP_202_ACCEPTED,
    responses={422: refused("`too_many_orders` or `no_orders_match`, `idempotency_key_reused`")},
)
async def post_bulk_status(
    given: BulkStatusRequest,
    response: Response,
    user: CurrentVendorUser,
    key: IdempotencyKey,
    matching: Filter,
    database: DatabaseDep,
    engine: EngineDep,
) -> BulkAccepted:
    """Start a job that changes up to 10,000 orders, one after the other, and each at most once.

    With `everything` the orders are those that match the query, as in the list, at this moment. After 503 the
    same key starts what was kept.
    """
    wanted = BulkCommand(
        vendor_id=user.vendor_id,
        user_id=user.id,
        chosen=matching if given.order_ids is None else list(dict.fromkeys(given.order_ids)),
        status=given.status,
        carrier=given.kept_carrier,
        notes=given.notes or None,
        idempotency_key=key,
    )
    job_id, replayed = await start_bulk_change(database, engine, wanted)
    response.headers["Location"] = f"{PREFIX}{_PATH}/{job_id}"
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return BulkAccepted(job_id=job_id)


@router.get(_PATH, summary="List bulk changes")
async def list_bulk_jobs(
    request: Request, response: Response, user: CurrentVendorUser, page: PageOf50, database: DatabaseDep
) -> list[BulkJobAnswer]:
    """The shop's jobs, newest first."""
    async with database.reading(user.vendor_id) as session:
        found = await bulk_jobs.list_jobs(
            session,
            skip=0 if page.cursor else page.skip,
            limit=page.limit + 1,
            before=(page.cursor.created_at, page.cursor.id) if page.cursor else None,
        )
    shown = found[: page.limit]
    if len(found) > page.limit:
        last = shown[-1].job
        link_next(request, response, Cursor(created_at=last.created_at, id=last.id))
    return [present_job(stored) for stored in shown]


@router.get(f"{_PATH}/{{job_id}}", summary="Follow a bulk change", responses={404: _NOT_FOUND})
async def get_bulk_job(
    job_id: PathId,
    request: Request,
    response: Response,
    user: CurrentVendorUser,
    database: DatabaseDep,
    outcome: Annotated[list[ResultKind] | None, Query()] = None,
    skip: Annotated[int, Query(ge=0, le=10_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BulkJobDetail:
    """How far a job is, and what became of its orders: all, or those with one of these outcomes."""
    async with database.reading(user.vendor_id) as session:
        stored = await bulk_jobs.get_job(session, job_id=job_id)
        found = await bulk_jobs.list_job_orders(
            session,
            job_id=job_id,
            outcomes=[kind.outcome for kind in outcome or ()],
            skip=skip,
            limit=limit + 1,
        )
    if len(found) > limit:
        url = request.url.include_query_params(skip=skip + limit, limit=limit)
        response.headers["Link"] = f'<{url}>; rel="next"'
    return present_job_detail(stored, found[:limit])


@router.post(f"{_PATH}/{{job_id}}/pause", summary="Let a bulk change rest", responses=_MOVES)
async def pause_bulk_job(
    job_id: PathId, user: CurrentVendorUser, database: DatabaseDep, engine: EngineDep
) -> BulkJobAnswer:
    """Begin no more orders until it is resumed; those that were told still answer."""
    stored = await move_bulk_change(
        database, engine, vendor_id=user.vendor_id, job_id=job_id, wish=BulkState.PAUSED
    )
    return present_job(stored)


@router.post(f"{_PATH}/{{job_id}}/resume", summary="Go on with a bulk change", responses=_MOVES)
async def resume_bulk_job(
    job_id: PathId, user: CurrentVendorUser, database: DatabaseDep, engine: EngineDep
) -> BulkJobAnswer:
    """Go on after a pause, or begin a job that waits because the order system was away."""
    stored = await move_bulk_change(
        database, engine, vendor_id=user.vendor_id, job_id=job_id, wish=BulkState.RUNNING
    )
    return present_job(stored)


@router.post(f"{_PATH}/{{job_id}}/cancel", summary="End a bulk change", responses=_MOVES)
async def cancel_bulk_job(
    job_id: PathId, user: CurrentVendorUser, database: DatabaseDep, engine: EngineDep
) -> BulkJobAnswer:
    """End the job: what is not begun stays as it is, what is changed stays changed."""
    stored = await move_bulk_change(
        database, engine, vendor_id=user.vendor_id, job_id=job_id, wish=BulkState.CANCELLED
    )
    return present_job(stored)
