"""Every error as an RFC 9457 problem: `application/problem+json`, without traces."""

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.amounts import AmountJSONResponse, marked
from db.outages import DATABASE_ERRORS, from_driver, is_outage, told
from domain.errors import (
    Conflict,
    DatabaseUnavailable,
    Declined,
    DomainError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Overloaded,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

RETRY_AFTER_SECONDS = 2

_STATUS: Mapping[type[DomainError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Gone: HTTPStatus.GONE,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Declined: HTTPStatus.PAYMENT_REQUIRED,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HTTP_CODES = {400: "request_malformed", 404: "not_found", 405: "method_not_allowed"}

# Facts carry an order's status and a product's title; in a problem both names are taken.
_RENAMED = {"status": "current_status", "title": "product_title"}

log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error. Further members depend on `code`, which is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message: str = Field(description="The same text as `detail`.")
    errors: list[FieldProblem] | None = None


class ProblemResponse(AmountJSONResponse):
    """A problem as a response."""

    media_type = "application/problem+json"


def problem(
    status: int,
    code: str,
    message: str,
    *,
    fields: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem with further members from `fields`."""
    standard = {
        "type": f"urn:orion:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": int(status),
        "code": code,
        "detail": message,
        "message": message,
    }
    further = {_RENAMED.get(name, name): value for name, value in (fields or {}).items()}
    # Standard members first for the reader, and last so that no field takes their place.
    return ProblemResponse({**standard, **further, **standard}, status_code=status, headers=headers)


def refusal(error: DomainError) -> ProblemResponse:
    """The problem that a domain error is to a client."""
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    fields = {name: _as_json(name, value) for name, value in error.fields.items()}
    return problem(status, error.code, error.message, fields=fields, headers=_headers(error))


def _headers(error: DomainError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="orion"'}
    if isinstance(error, Unavailable | TooManyRequests):
        return {"Retry-After": str(error.fields.get("retry_after", RETRY_AFTER_SECONDS))}
    return {}


def _as_json(name: str, value: object) -> object:
    """Amounts travel through the workflow as strings and are numbers to clients."""
    if isinstance(value, str) and name.endswith(("amount", "total", "price")):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            return value
        return marked(amount) if amount.is_finite() else value
    if isinstance(value, Mapping):
        return {key: _as_json(key, part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_as_json(name, part) for part in value]
    return value


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""
    app.add_exception_handler(DomainError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_hang_up)
    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, _on_database_error)
    app.add_exception_handler(Exception, _on_defect)


async def _on_refusal(_: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, DomainError):
        raise error
    return refusal(error)


async def _on_hang_up(_: Request, error: Exception) -> ProblemResponse:
    """Who hangs up in the middle of a request hears no answer, and nothing is wrong with us."""
    del error
    return problem(400, _HTTP_CODES[400], "The request broke off.")


async def _on_invalid_request(_: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    # A path parameter that several dependencies read is reported by each of them.
    found = {(part["loc"], part["type"]): part for part in error.errors()}
    errors = [
        {"field": _field(part), "code": part["type"], "message": part["msg"].removeprefix("Value error, ")}
        for part in found.values()
    ]
    return problem(422, "validation_failed", "The request is not valid.", fields={"errors": errors})


def _field(found: Mapping[str, Any]) -> str:
    """The field's name as the client wrote it, without the part of the request it is in."""
    where = found["loc"]
    if len(where) == 1 or found["type"] == "json_invalid":
        return str(where[0])
    return ".".join(str(part) for part in where[1:])


async def _on_http_error(_: Request, error: Exception) -> ProblemResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.BAD_REQUEST:
        message = "The body could not be read as JSON."
        errors = [{"field": "body", "code": "json_invalid", "message": message}]
        return problem(422, "validation_failed", "The request is not valid.", fields={"errors": errors})
    status = HTTPStatus(error.status_code)
    code = _HTTP_CODES.get(status, status.name.lower())
    return problem(status, code, status.description or status.phrase, headers=error.headers)


async def _on_database_error(request: Request, error: Exception) -> ProblemResponse:
    if isinstance(error, PoolTimeout):
        return refusal(Overloaded("Too many requests at a time; please try again in a moment."))
    if not is_outage(error):
        return await _on_defect(request, error)
    log.warning("database unavailable: %s", type(error).__name__)
    return refusal(DatabaseUnavailable("The database does not answer at the moment; please try again."))


async def _on_defect(request: Request, error: Exception) -> ProblemResponse:
    known = _without_values(error)
    route = getattr(request.scope.get("route"), "path", "unmatched")
    log.error("unexpected error in %s %s: %s", request.method, route, known, exc_info=known)
    return problem(500, "internal_error", "Something went wrong on our side; it has been noted.")


def _without_values(error: Exception) -> Exception:
    """What went wrong and where, without the row and the values that a database quotes."""
    said = from_driver(error)
    return error if said is None else RuntimeError(told(said)).with_traceback(error.__traceback__)
