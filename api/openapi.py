"""The served OpenAPI document: every operation also answers with problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import Problem, ProblemResponse

_REFERENCE = "#/components/schemas/{model}"
_OBSOLETE = ("HTTPValidationError", "ValidationError")


def describe_problems(app: FastAPI) -> None:
    """Make `app` describe its errors as the problems they are, not as FastAPI's own validation errors."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_document(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign] # the documented way: https://fastapi.tiangolo.com/how-to/extending-openapi/


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _OBSOLETE:
        schemas.pop(name, None)
    schema = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas.update(schema.pop("$defs"))
    schemas["Problem"] = schema
    content = {ProblemResponse.media_type: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"description": "A problem", "content": content}
    return document
