"""The sandbox as an ASGI application: Stripe's API, its pages, and the controls of the sandbox itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.stripe_sandbox import controls, pages
from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.endpoint import Api, Endpoint
from local.stripe_sandbox.errors import StripeError
from local.stripe_sandbox.jobs import Jobs
from local.stripe_sandbox.routes import ENDPOINTS
from local.stripe_sandbox.store import Store, random_text
from local.stripe_sandbox.webhooks import Deliverer


def create_app(configuration: Configuration) -> Starlette:
    """The application; it opens its database at once and starts its background work with the server."""
    store = Store(configuration.database)
    deliverer = Deliverer(configuration, store)

    def changed() -> None:
        deliverer.wake()
        jobs.wake()

    api = Api(configuration, store, changed)
    jobs = Jobs(api)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(deliverer.run()), asyncio.create_task(jobs.run())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        store.close()

    api_routes = [_route(api, endpoint) for endpoint in ENDPOINTS]
    preflight = Route("/v1/{path:path}", _preflight, methods=["OPTIONS"])
    unknown = Route("/v1/{path:path}", _unknown, methods=["GET", "POST", "DELETE"])
    routes = [*api_routes, preflight, unknown, *controls.routes(api, deliverer), *pages.routes(api)]
    return Starlette(routes=routes, lifespan=lifespan)


def _route(api: Api, endpoint: Endpoint) -> BaseRoute:
    async def answer(request: Request) -> Response:
        return await api.answer(endpoint, request)

    route = Route(endpoint.path, answer, methods=[endpoint.method])
    # Starlette adds HEAD to GET; Stripe has none.
    route.methods = {endpoint.method}
    return route


async def _preflight(_: Request) -> Response:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
        "Access-Control-Max-Age": "600",
    }
    return Response(status_code=204, headers=headers)


async def _unknown(request: Request) -> Response:
    message = f"Unrecognized request URL ({request.method}: {request.url.path})."
    request_id = f"req_{random_text(14)}"
    error = StripeError(404, "invalid_request_error", message)
    return JSONResponse(error.body(request_id), 404, {"Request-Id": request_id})
