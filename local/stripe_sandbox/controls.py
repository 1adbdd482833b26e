"""The sandbox's own controls under `/_sandbox`: health, deliveries, faults, reset, and what banks decide."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.stripe_sandbox.endpoint import Api
from local.stripe_sandbox.errors import StripeError
from local.stripe_sandbox.faults import Fault, Scope, WebhookFault
from local.stripe_sandbox.outcomes import OUTCOMES
from local.stripe_sandbox.store import JSON, visible
from local.stripe_sandbox.webhooks import Deliverer

Handler = Callable[[Api, Request], Awaitable[Response]]


async def health(api: Api, _: Request) -> Response:
    """200 once the state can be read."""
    api.store.rows("SELECT 1")
    return JSONResponse({"status": "ok"})


def _reset(deliverer: Deliverer) -> Handler:
    async def handler(api: Api, _: Request) -> Response:
        """Empty everything: objects, keys, deliveries, jobs, faults."""
        async with deliverer.paused():
            api.store.reset()
        api.faults.load()
        return JSONResponse({"reset": True})

    return handler


async def deliveries(api: Api, request: Request) -> Response:
    """The newest webhook deliveries with every attempt; `event`, `state` and `limit` narrow them."""
    return JSONResponse({"deliveries": newest_deliveries(api, dict(request.query_params))})


def newest_deliveries(api: Api, wanted: dict[str, str]) -> list[JSON]:
    """Deliveries, newest first, each with its attempts."""
    names = [name for name in ("event", "state", "type") if name in wanted]
    where = " AND ".join(f"{name} = ?" for name in names) or "1"
    rows = api.store.rows(
        f"SELECT * FROM deliveries WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 -- names from the tuple
        (*(wanted[name] for name in names), int(wanted.get("limit", "100"))),
    )
    return [_delivery(api, dict(row)) for row in rows]


def _delivery(api: Api, row: dict[str, Any]) -> JSON:
    attempts = api.store.rows(
        "SELECT attempted_at, status, error FROM delivery_attempts WHERE delivery = ? ORDER BY attempted_at",
        (row["id"],),
    )
    log = [{**dict(attempt), "attempted_at": _moment(attempt["attempted_at"])} for attempt in attempts]
    return {**row, "created": _moment(row["created"]), "next_at": _moment(row["next_at"]), "log": log}


def _moment(seconds: float | None) -> str | None:
    return (
        None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    )


def _faults(scope: Scope, model: type[Fault] | type[WebhookFault]) -> Handler:
    async def handler(api: Api, request: Request) -> Response:
        if request.method == "POST":
            api.faults.arm(model.model_validate_json(await request.body()))
        elif request.method == "DELETE":
            api.faults.clear(scope)
        return JSONResponse({"faults": api.faults.listed(scope)})

    return handler


def _route(api: Api, path: str, methods: list[str], handler: Handler) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(api, request)
        except ValidationError as error:
            return JSONResponse({"error": error.errors(include_context=False, include_url=False)}, 400)
        except StripeError as error:
            return JSONResponse(visible(error.body("req_sandbox")), error.status)

    return Route(path, endpoint, methods=methods)


def routes(api: Api, deliverer: Deliverer) -> list[BaseRoute]:
    """All controls."""
    return [
        _route(api, "/_sandbox/health", ["GET"], health),
        _route(api, "/_sandbox/reset", ["POST"], _reset(deliverer)),
        _route(api, "/_sandbox/deliveries", ["GET"], deliveries),
        _route(api, "/_sandbox/faults", ["GET", "POST", "DELETE"], _faults("api", Fault)),
        _route(api, "/_sandbox/webhook-faults", ["GET", "POST", "DELETE"], _faults("webhook", WebhookFault)),
        *(_route(api, path, ["POST"], handler) for path, handler in OUTCOMES.items()),
    ]
