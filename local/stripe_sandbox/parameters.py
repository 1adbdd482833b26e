"""Form parameters: decoding `a[b][c]=`, and checking them against an endpoint's schema as Stripe does."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.stripe_sandbox.errors import invalid, parameter_missing, parameter_unknown

Parser = Callable[[object, str], Any]

_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested dicts of strings from form pairs; list positions are keys here, the schema makes them lists."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        head, bracket, rest = key.partition("[")
        path = [head, *_PART.findall(bracket + rest)]
        node = root
        for part in path[:-1]:
            child = node.setdefault(part or str(len(node)), {})
            if not isinstance(child, dict):
                raise invalid(f"Invalid parameter: {key}", param=key)
            node = child
        node[path[-1] or str(len(node))] = value
    return root


@dataclass(frozen=True, slots=True)
class Schema:
    """The parameters an endpoint takes.

    `unmodelled` are parameters Stripe has and the sandbox does not act on: refused, never ignored.
    """

    fields: Mapping[str, Parser] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    unmodelled: frozenset[str] = frozenset()

    def check(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The typed parameters.

        Raises `RefusedRequestError` (400) for an unknown, missing or malformed parameter.
        """
        for name in raw:
            if name in self.unmodelled:
                raise invalid(
                    f"The Stripe sandbox does not support the parameter {name}.",
                    code="parameter_unknown",
                    param=name,
                )
        for name in self.required:
            if name not in raw:
                raise parameter_missing(name)
        return _fields(self.fields, raw, "")


def _fields(fields: Mapping[str, Parser], raw: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    values = {}
    for name, value in raw.items():
        full = f"{prefix}[{name}]" if prefix else name
        parser = fields.get(name)
        if parser is None:
            raise parameter_unknown(full)
        values[name] = parser(value, full)
    return values


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", code="parameter_invalid_string", param=name)
    return value


def _refuse_empty(name: str) -> None:
    raise invalid(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or "
        "supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


def text(*, choices: tuple[str, ...] = (), limit: int = 5000, clearable: bool = False) -> Parser:
    """A string; an empty one unsets a clearable parameter (None)."""

    def parse(value: object, name: str) -> str | None:
        string = _string(value, name)
        if not string:
            if clearable:
                return None
            _refuse_empty(name)
        if choices and string not in choices:
            listed = ", ".join(choices[:-1]) + (" or " if len(choices) > 1 else "") + choices[-1]
            raise invalid(f"Invalid {name}: must be one of {listed}", param=name)
        if len(string) > limit:
            raise invalid(
                f"Invalid string: {string[:10]}...; must be at most {limit} characters",
                code="parameter_invalid_string_blank" if not string.strip() else None,
                param=name,
            )
        return string

    return parse


def integer(*, minimum: int | None = None, maximum: int | None = None) -> Parser:
    """A whole number within bounds, both included."""

    def parse(value: object, name: str) -> int:
        string = _string(value, name)
        if not string:
            _refuse_empty(name)
        if re.fullmatch(r"-?[0-9]{1,18}", string) is None:
            raise invalid(f"Invalid integer: {string}", code="parameter_invalid_integer", param=name)
        number = int(string)
        if minimum is not None and number < minimum:
            message = f"This value must be greater than or equal to {minimum}."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        if maximum is not None and number > maximum:
            message = f"This value must be less than or equal to {maximum}."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        return number

    return parse


def boolean(value: object, name: str) -> bool:
    """`true` or `false`."""
    string = _string(value, name)
    if string not in {"true", "false"}:
        raise invalid(f"Invalid boolean: {string}", param=name)
    return string == "true"


def sequence(item: Parser) -> Parser:
    """A list: `name[]=`, or `name[0]=` as the official libraries send it."""

    def parse(value: object, name: str) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise invalid("Invalid array", param=name)
        return [item(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]

    return parse


def group(fields: Mapping[str, Parser], *, required: tuple[str, ...] = (), clearable: bool = False) -> Parser:
    """A nested object."""

    def parse(value: object, name: str) -> dict[str, Any] | None:
        if value == "" and clearable:
            return None
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=name)
        for key in required:
            if key not in value:
                raise parameter_missing(f"{name}[{key}]")
        return _fields(fields, value, name)

    return parse


def metadata(value: object, name: str) -> dict[str, str]:
    """Up to 50 keys of 40 characters with values of 500; empty values unset a key, an empty string all.

    Limits from https://docs.stripe.com/api/metadata.
    """
    if value == "":
        return {}
    if not isinstance(value, dict) or len(value) > 50:
        raise invalid("Metadata must be an object of at most 50 keys.", param=name)
    for key, entry in value.items():
        if len(key) > 40:
            raise invalid(f"Metadata keys can be at most 40 characters: {key}", param=f"{name}[{key}]")
        if not isinstance(entry, str) or len(entry) > 500:
            raise invalid("Metadata values can have up to 500 characters.", param=f"{name}[{key}]")
    return {str(key): str(entry) for key, entry in value.items()}


def merge_metadata(present: Mapping[str, str], change: Mapping[str, str]) -> dict[str, str]:
    """The stored metadata after an update: an empty change or an empty value unsets."""
    if not change:
        return {}
    return {key: value for key, value in {**present, **change}.items() if value}


def time_range(value: object, name: str) -> dict[str, int]:
    """`created`: a moment, or bounds `gt`, `gte`, `lt`, `lte`, in Unix seconds."""
    whole = integer(minimum=0)
    if isinstance(value, str):
        moment = whole(value, name)
        return {"gte": moment, "lte": moment}
    bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), whole)
    return dict(group(bounds)(value, name))
