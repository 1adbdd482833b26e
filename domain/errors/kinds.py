"""What all facts are kinds of; the API gives each kind its status."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

JsonValue: TypeAlias = "bool | int | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"


class DomainError(Exception):
    """A refusal with a stable `code`, a sentence for the reader and JSON fields (amounts as strings)."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, message: str, **fields: JsonValue) -> None:
        super().__init__(message)
        self.message = message
        self.fields: dict[str, JsonValue] = fields


class NotFound(DomainError):  # noqa: N818 - errors are named as facts
    code = "not_found"


class Gone(DomainError):  # noqa: N818 - errors are named as facts
    code = "gone"


class Conflict(DomainError):  # noqa: N818 - errors are named as facts
    code = "conflict"


class Invalid(DomainError):  # noqa: N818 - errors are named as facts
    code = "invalid"


class Unauthenticated(DomainError):  # noqa: N818 - errors are named as facts
    code = "unauthenticated"


class Forbidden(DomainError):  # noqa: N818 - errors are named as facts
    code = "forbidden"


class Declined(DomainError):  # noqa: N818 - errors are named as facts
    code = "declined"


class TooManyRequests(DomainError):  # noqa: N818 - errors are named as facts
    code = "too_many_requests"


class Unavailable(DomainError):  # noqa: N818 - errors are named as facts
    code = "unavailable"
