"""What the desk's pages share: their path."""

from fastapi import APIRouter

from api.pages.desk.visits import PREFIX


def desk_router() -> APIRouter:
    """A router for pages of the desk; pages are not part of the API's documentation."""
    return APIRouter(prefix=PREFIX, include_in_schema=False)
