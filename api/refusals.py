"""How routes document what they refuse, beside the problem that every route may answer with."""

from typing import Any

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def refused(when: str) -> dict[str, Any]:
    """An entry of a route's `responses`: a problem, and when it is answered."""
    return {"description": when, "content": _PROBLEM}
