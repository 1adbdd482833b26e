"""Whether the process is alive, whether it can work, and what it has measured."""

import asyncio
from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from temporalio.service import RPCError

from api.dependencies import DatabaseDep, EngineDep
from api.engine import Engine
from api.engine_failures import EngineSlow, WorkflowGone
from api.metrics import MetricsDep
from api.problems import ProblemResponse, problem
from api.refusals import refused
from db.outages import DATABASE_ERRORS
from db.session import Database
from domain.errors import EngineUnavailable

PATIENCE_SECONDS = 2.0

router = APIRouter(tags=["Operations"])


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Alive:
    """Answers as long as the process can; restart it when it does not."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can the process work?",
    response_model=Alive,
    responses={503: refused("`not_ready`; what is not reached is in `missing`")},
)
async def readyz(database: DatabaseDep, engine: EngineDep) -> Alive | ProblemResponse:
    """Asks the database and Temporal, each for two seconds at most; 503 names what is `missing`."""
    missing = await what_is_missing(database, engine)
    if missing:
        message = f"Not reached: {', '.join(missing)}."
        return problem(503, "not_ready", message, fields={"missing": missing}, headers={"Retry-After": "2"})
    return Alive()


@router.get("/metrics", summary="Measurements for Prometheus", response_class=Response)
async def read_metrics(metrics: MetricsDep) -> Response:
    """Durations, requests in flight, placements and webhook events, without personal data."""
    return Response(metrics.write(), media_type=CONTENT_TYPE_LATEST)


async def what_is_missing(database: Database, engine: Engine) -> list[str]:
    """The parts that are not reached within two seconds: database, temporal."""
    reached = await asyncio.gather(_database(database), _temporal(engine))
    return [name for name, there in zip(("database", "temporal"), reached, strict=True) if not there]


async def _database(database: Database) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await database.ping()
    except DATABASE_ERRORS:
        return False
    return True


async def _temporal(engine: Engine) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await engine.ping()
    except (EngineUnavailable, EngineSlow, WorkflowGone, RPCError, TimeoutError):
        return False
    return True
