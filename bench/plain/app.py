"""The plain service: FastAPI, SQLAlchemy, and one durable transaction for each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from api import problems
from api.amounts import AmountJSONResponse
from api.tokens import Audience, ReadClaims, Tokens
from bench.plain.placing import place
from bench.plain.requests import PlainAnswer, PlainRequest
from bench.plain.tables import Order

_CONNECTIONS = 20  # as many as the API has
_ATTEMPTS = 3


def create_plain_app(database_url: str, tokens: Tokens) -> FastAPI:
    """The application; its requests and sign-ins are those of Orion's checkout."""
    engine = create_async_engine(
        database_url,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        connect_args={"server_settings": {"application_name": "plain", "jit": "off"}},
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan, default_response_class=AmountJSONResponse)
    problems.install(app)

    async def place_once(caller: ReadClaims, wanted: PlainRequest, key: str | None) -> Order:
        async with sessions.begin() as session:
            return await place(
                session, vendor_id=caller.vendor_id or 0, customer_id=caller.id, wanted=wanted, key=key
            )

    @app.post("/api/v1/public/vendors/{vendor_id}/orders", status_code=201)
    async def order(
        vendor_id: int,
        wanted: PlainRequest,
        authorization: Annotated[str, Header()],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> AmountJSONResponse:
        caller = tokens.read(authorization.removeprefix("Bearer "), Audience.CUSTOMER)
        if caller.vendor_id != vendor_id:
            raise HTTPException(404)
        for _ in range(_ATTEMPTS):
            try:
                stored = await place_once(caller, wanted, idempotency_key)
            except IntegrityError:
                continue  # somebody else came first under this key
            answer = PlainAnswer.model_validate(stored).model_dump(mode="json")
            return AmountJSONResponse(answer, status_code=201)
        raise HTTPException(503)

    @app.get("/healthz")
    async def healthy() -> dict[str, str]:
        return {"status": "ok"}

    return app
