"""The sandbox's pages: an operator's overview, the 3-D Secure challenge, the Payment Element, Stripe.js."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.stripe_sandbox.controls import newest_deliveries
from local.stripe_sandbox.endpoint import Api
from local.stripe_sandbox.money import written
from local.stripe_sandbox.outcomes import decide_authentication
from local.stripe_sandbox.redirects import BANK_REDIRECTS
from local.stripe_sandbox.store import JSON, visible

_STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"
_RESULTS = {"processing": "pending", "requires_capture": "succeeded", "succeeded": "succeeded"}
_SHOWN = 20


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %H:%M:%S")


_templates = Environment(
    loader=PackageLoader("local.stripe_sandbox"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_templates.filters.update(moment=_moment, money=written)


def _page(name: str, *, framed: bool = False, status: int = 200, **values: object) -> Response:
    ancestors = "*" if framed else "'none'"
    headers = {
        "Content-Security-Policy": f"{_POLICY}; frame-ancestors {ancestors}",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(_templates.get_template(name).render(**values), status, headers)


def _newest(api: Api, kind: str) -> list[JSON]:
    rows = api.store.rows(
        "SELECT body FROM objects WHERE object = ? ORDER BY sequence DESC LIMIT ?", (kind, _SHOWN)
    )
    return [json.loads(row["body"]) for row in rows]


async def overview(api: Api, _: Request) -> Response:
    """The newest of everything, for whoever wonders what happened."""
    [owed] = api.store.rows("SELECT count(*) AS count FROM deliveries WHERE state = 'pending'")
    return _page(
        "overview.html",
        intents=_newest(api, "payment_intent"),
        refunds=_newest(api, "refund"),
        events=_newest(api, "event"),
        deliveries=newest_deliveries(api, {"limit": str(_SHOWN)}),
        faults=[*api.faults.listed("api"), *api.faults.listed("webhook")],
        owed=owed["count"],
        webhook_url=api.configuration.webhook_url,
    )


async def show_object(api: Api, request: Request) -> Response:
    """One object as the API would answer it."""
    body = api.store.get(request.path_params["identifier"])
    if body is None:
        return _page("missing.html", status=404, identifier=request.path_params["identifier"])
    return _page("object.html", body=body, text=json.dumps(visible(body), indent=2))


async def stripe_js(_: Api, __: Request) -> Response:
    """The Stripe.js stand-in."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
    return FileResponse(_STATIC / "stripe.js", media_type="text/javascript", headers=headers)


async def payment_element(api: Api, _: Request) -> Response:
    """The card form inside the Payment Element's frame."""
    return _page("payment_element.html", framed=True, key=api.configuration.publishable_key)


async def challenge(api: Api, request: Request) -> Response:
    """The bank's page of 3-D Secure or a redirect: pass or fail (GET), and what came of it (POST)."""
    fields = dict(request.query_params)
    if request.method == "POST":
        fields |= dict(parse_qsl((await request.body()).decode()))
    intent = api.store.get(request.path_params["identifier"])
    secret = fields.get("client_secret")
    if intent is None or intent["object"] != "payment_intent" or intent["client_secret"] != secret:
        return _page("missing.html", framed=True, status=404, identifier=request.path_params["identifier"])
    if request.method == "POST" and intent["status"] == "requires_action":
        intent = decide_authentication(api, intent["id"], succeeds=fields.get("outcome") == "succeed")
    parent = fields.get("parent", "")
    if intent["status"] == "requires_action":
        return _decision_page(api, intent, parent)
    return_url = intent["_sandbox"].get("return_url")
    if return_url and not parent:
        return RedirectResponse(_with_result(return_url, intent), 303)
    return _page("challenge_done.html", framed=True, intent=intent, parent=parent)


def _decision_page(api: Api, intent: JSON, parent: str) -> Response:
    method = api.store.get(intent["payment_method"])
    redirect = None if method is None else BANK_REDIRECTS.get(method["type"])
    if redirect is None:
        return _page("challenge.html", framed=True, intent=intent, parent=parent)
    return _page("redirect.html", intent=intent, label=redirect.label)


def _with_result(return_url: str, intent: JSON) -> str:
    """The shop's address with what Stripe appends to it: https://docs.stripe.com/js/payment_intents."""
    parts = urlsplit(return_url)
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent["id"]),
        ("payment_intent_client_secret", intent["client_secret"]),
        ("redirect_status", _RESULTS.get(intent["status"], "failed")),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


Handler = Callable[[Api, Request], Awaitable[Response]]


def _route(api: Api, path: str, handler: Handler, methods: Sequence[str] = ("GET",)) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        return await handler(api, request)

    return Route(path, endpoint, methods=list(methods))


def routes(api: Api) -> list[BaseRoute]:
    """All pages and what they load."""
    return [
        _route(api, "/", overview),
        _route(api, "/objects/{identifier}", show_object),
        _route(api, "/v3", stripe_js),
        _route(api, "/v3/", stripe_js),
        _route(api, "/v3/stripe.js", stripe_js),
        _route(api, "/elements/payment", payment_element),
        _route(api, "/3ds/{identifier}", challenge, ("GET", "POST")),
        _route(api, "/redirect/{identifier}", challenge, ("GET", "POST")),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
