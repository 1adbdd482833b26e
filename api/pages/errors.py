"""Errors of pages as pages: what happened, and a way on."""

import json
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from api.pages.rendering import language_of, render_page
from api.pages.visits import SignInNeeded
from api.pages.wording import explain_problem
from api.problems import ProblemResponse

_PAGES = ("/shop/", "/vendor/", "/admin/")

Handler = Callable[[Request, Exception], Awaitable[Response]]


def is_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, rather than a program for data."""
    path = request.url.path
    return path == "/" or path.startswith(_PAGES)


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
    back = _shop_of(request)
    said = explain_problem(facts["code"], facts, language_of(request)) or facts["detail"]
    response = render_page(
        request,
        "error.html",
        {"status": told.status_code, "said": said, "shop_path": back},
        status_code=told.status_code,
    )
    if "retry-after" in told.headers:
        response.headers["Retry-After"] = told.headers["retry-after"]
    return response


def _shop_of(request: Request) -> str | None:
    vendor_id = request.path_params.get("vendor_id")
    return f"/shop/{vendor_id}" if vendor_id and str(vendor_id).isdecimal() else None
