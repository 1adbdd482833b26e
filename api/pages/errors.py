"""Errors of pages as pages: what happened, and a way on."""

import json
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from api.pages.rendering import language_of, render_page
from api.pages.sign_in_needed import SignInNeeded
from api.pages.wording import explain_problem
from api.problems import ProblemResponse
from domain.errors import LinkExpired, LinkInvalid

_PAGES = ("/shop/", "/vendor/", "/admin/")
_FRONT_DOORS = frozenset({"/", "/vendor", "/admin"})
_LINK_CODES = frozenset({LinkInvalid.code, LinkExpired.code})
_HOME: dict[str, str | None] = {"place": None, "way_on": "/"}

Handler = Callable[[Request, Exception], Awaitable[Response]]


def is_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, rather than a program for data."""
    path = request.url.path
    return path in _FRONT_DOORS or path.startswith(_PAGES)


def install(app: FastAPI) -> None:
    """Answer the errors of pages with pages; everything else stays a problem document."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _for_pages(handler)
    app.add_exception_handler(SignInNeeded, _to_sign_in)


async def _to_sign_in(_: Request, error: Exception) -> Response:
    if not isinstance(error, SignInNeeded):
        raise error
    return error.response


def _for_pages(answer: Callable[..., object]) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        response = answer(request, error)
        told = await response if isinstance(response, Awaitable) else response
        if isinstance(told, ProblemResponse) and is_page(request):
            return _page(request, told)
        assert isinstance(told, Response)  # noqa: S101 -- what handlers answer
        return told

    return handle


def _page(request: Request, told: ProblemResponse) -> Response:
    facts = json.loads(bytes(told.body))
    said = explain_problem(facts["code"], facts, language_of(request)) or facts["detail"]
    response = render_page(
        request,
        "error.html",
        {"status": told.status_code, "said": said, **_way_on(request, facts["code"])},
        status_code=told.status_code,
    )
    if "retry-after" in told.headers:
        response.headers["Retry-After"] = told.headers["retry-after"]
    return response


def _way_on(request: Request, code: str) -> dict[str, str | None]:
    """Where a person goes on from an error: to another link, or the part of the platform that they are in."""
    path = request.url.path
    before, is_link, _ = path.partition("/set-password/")
    if is_link and code in _LINK_CODES:
        return {"place": "link", "way_on": f"{before}/{'link' if '/shop/' in path else 'forgot-password'}"}
    if path.startswith("/shop/"):
        vendor_id = path.split("/")[2]
        return {"place": "shop", "way_on": f"/shop/{vendor_id}"} if vendor_id.isdecimal() else _HOME
    if path.startswith("/vendor"):
        return {"place": "desk", "way_on": "/vendor/orders"}
    if path.startswith("/admin"):
        return {"place": "platform", "way_on": "/admin"}
    return _HOME
