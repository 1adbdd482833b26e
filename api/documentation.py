"""The API's documentation as a page: the OpenAPI document, arranged for reading."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Operation:
    """One method of one path; `audiences` is empty for anyone."""

    method: str
    path: str
    content: Mapping[str, Any]

    @property
    def anchor(self) -> str:
        """A name for links that survives reordering."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.method}-{self.path}".lower()).strip("-")

    @property
    def audiences(self) -> list[str]:
        return [name for alternative in self.content.get("security", []) for name in alternative]

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The schema of the request's JSON."""
        media = self.content.get("requestBody", {}).get("content", {})
        return next((part["schema"] for part in media.values()), None)


def _prose(text: str) -> Markup:
    """Text with its `code` set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 -- escaped just before


def _model_name(reference: str) -> str:
    return reference.removeprefix(_REFERENCE)


def _response_schema(response: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((media.get("schema") for media in response.get("content", {}).values()), None)


def _parameter_schema(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a parameter with what is said about the parameter itself."""
    said = {"description": parameter["description"]} if "description" in parameter else {}
    return {**parameter["schema"], **said}


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        prose=_prose,
        model_name=_model_name,
        response_schema=_response_schema,
        parameter_schema=_parameter_schema,
    )
    return environment


_TEMPLATES = _environment()


def render_documentation(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI document: operations by tag in the document's order, then all schemas."""
    groups: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, content in operations.items():
            tag = next(iter(content.get("tags", [])), "Other")
            groups.setdefault(tag, []).append(Operation(method.upper(), path, content))
    components = document.get("components", {})
    return _TEMPLATES.get_template("documentation.html").render(
        info=document["info"],
        groups=groups,
        schemas=components.get("schemas", {}),
        audiences=components.get("securitySchemes", {}),
    )
