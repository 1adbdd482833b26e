"""What the platform's pages share: their path."""

from fastapi import APIRouter

from api.pages.admin.visits import PREFIX


def platform_router() -> APIRouter:
    """A router for pages of the platform; pages are not part of the API's documentation."""
    return APIRouter(prefix=PREFIX, include_in_schema=False)
