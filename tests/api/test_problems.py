"""Every kind of error as a problem."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import make_url, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api import problems
from api.amounts import AmountJSONResponse
from db.session import Database
from domain import errors
from tests.fixtures.postgres import PostgresCluster, PostgresUrls

_RAISED: dict[str, Exception] = {
    "missing": errors.OrderNotFound("No order."),
    "gone": errors.LinkExpired("Over."),
    "conflict": errors.TransitionNotAllowed(
        "No.", status="pending", requested="shipped", next_statuses=["cancelled"]
    ),
    "amounts": errors.RefundExceedsRemaining("Too much.", amount="9.5", refundable_amount="4.20"),
    "product": errors.ProductUnavailable("Gone.", product_id=1, title="Tea pot", code="x"),
    "invalid": errors.AddressNotFound("No address."),
    "anonymous": errors.TokenExpired("Expired."),
    "forbidden": errors.WrongAudience("Not here."),
    "declined": errors.PaymentDeclined("Declined."),
    "hurried": errors.RateLimited("Too fast.", retry_after=30),
    "away": errors.EngineUnavailable("Away."),
    "refused": ConnectionRefusedError(),
    "slow": TimeoutError(),
    "pool": PoolTimeoutError(),
    "bug": ZeroDivisionError("secret detail"),
}


@pytest_asyncio.fixture
async def raising(postgres_urls: PostgresUrls) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose every path raises, or asks the database for something bad."""
    app = FastAPI(default_response_class=AmountJSONResponse)
    problems.install(app)
    database = Database(postgres_urls.app, pool_size=1, timeout=0.5)

    @app.get("/raise/{name}")
    async def _raise(name: str) -> None:
        raise _RAISED[name]

    @app.get("/run")
    async def run(statement: str) -> None:
        async with database.platform() as session:
            await session.execute(text(statement))

    @app.get("/run-directly")
    async def run_directly(statement: str) -> None:
        async with database.direct(1) as direct:
            await direct.find(text(statement), {})

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://orion.test") as client:
        yield client
    await database.close()


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("missing", 404, "order_not_found"),
        ("gone", 410, "link_expired"),
        ("conflict", 409, "transition_not_allowed"),
        ("invalid", 422, "address_not_found"),
        ("anonymous", 401, "token_expired"),
        ("forbidden", 403, "forbidden"),
        ("declined", 402, "payment_declined"),
        ("hurried", 429, "rate_limited"),
        ("away", 503, "engine_unavailable"),
        ("refused", 503, "database_unavailable"),
        ("slow", 503, "database_unavailable"),
        ("pool", 503, "overloaded"),
        ("bug", 500, "internal_error"),
    ],
)
async def test_error_has_its_status_and_code(
    raising: httpx.AsyncClient, name: str, status: int, code: str
) -> None:
    response = await raising.get(f"/raise/{name}")

    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"urn:orion:problem:{code}"
    assert body["detail"] == body["message"]


async def test_headers_tell_what_to_do(raising: httpx.AsyncClient) -> None:
    assert (await raising.get("/raise/anonymous")).headers["WWW-Authenticate"] == 'Bearer realm="orion"'
    assert (await raising.get("/raise/hurried")).headers["Retry-After"] == "30"
    assert (await raising.get("/raise/away")).headers["Retry-After"] == "2"


async def test_fields_are_members_and_amounts_numbers(raising: httpx.AsyncClient) -> None:
    amounts = await raising.get("/raise/amounts")
    conflict = (await raising.get("/raise/conflict")).json()
    product = (await raising.get("/raise/product")).json()

    assert '"amount":9.50,"refundable_amount":4.20' in amounts.text
    assert (conflict["status"], conflict["current_status"]) == (409, "pending")
    assert conflict["next_statuses"] == ["cancelled"]
    assert (product["title"], product["product_title"]) == ("Product unavailable", "Tea pot")
    assert product["code"] == "product_unavailable"


async def test_trace_stays_inside(raising: httpx.AsyncClient) -> None:
    response = await raising.get("/raise/bug")

    assert "secret" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT pg_sleep(3)", "database_unavailable"),
        ("SELECT 1 / 0", "internal_error"),
        ("SELECT FROM no_such_table", "internal_error"),
    ],
)
@pytest.mark.parametrize("path", ["/run", "/run-directly"])
async def test_database_errors_are_told_apart(
    raising: httpx.AsyncClient, path: str, statement: str, code: str
) -> None:
    response = await raising.get(path, params={"statement": statement})

    assert response.json()["code"] == code
    assert (await raising.get(path, params={"statement": "SELECT 1"})).status_code == 200


@pytest.mark.parametrize("path", ["/run", "/run-directly"])
async def test_log_has_nothing_that_a_database_error_quotes(
    raising: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    statement = "SELECT 'jane@example.com'::bigint"

    assert (await raising.get(path, params={"statement": statement})).status_code == 500

    assert "SQLSTATE 22P02" in caplog.text
    assert "jane@example.com" not in caplog.text


async def test_lost_connections_are_replaced(
    raising: httpx.AsyncClient, postgres: PostgresCluster, postgres_urls: PostgresUrls
) -> None:
    look = {"statement": "SELECT 1"}
    assert (await raising.get("/run", params=look)).status_code == 200
    name = make_url(postgres_urls.app).database
    await postgres.run(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 -- our own name
    )

    lost = await raising.get("/run", params=look)
    replaced = await raising.get("/run", params=look)

    assert (lost.status_code, lost.json()["code"]) == (503, "database_unavailable")
    assert replaced.status_code == 200


async def test_waiting_for_a_connection_ends(raising: httpx.AsyncClient) -> None:
    slow = asyncio.create_task(raising.get("/run", params={"statement": "SELECT pg_sleep(0.45)"}))
    others = await asyncio.gather(
        *(raising.get("/run", params={"statement": "SELECT pg_sleep(0.4)"}) for _ in range(3))
    )

    assert {response.status_code for response in [await slow, *others]} == {200, 503}


async def test_unknown_paths_and_methods_are_problems(raising: httpx.AsyncClient) -> None:
    missing = await raising.get("/nowhere")
    wrong = await raising.post("/run")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "GET"
