"""What the shop's pages share: their path."""

from fastapi import APIRouter

PREFIX = "/shop/{vendor_id}"


def page_router() -> APIRouter:
    """A router for pages of a shop; pages are not part of the API's documentation."""
    return APIRouter(prefix=PREFIX, include_in_schema=False)


def local_path(given: str, otherwise: str) -> str:
    """Where to go on within the shop, from a form: a path below the shop's, never another site."""
    plain = given.startswith("/") and not given.startswith("//") and "\\" not in given
    return given if plain and given.isprintable() else otherwise
