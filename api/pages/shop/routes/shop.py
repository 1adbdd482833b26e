"""What the shop's pages share: their path."""

from fastapi import APIRouter

PREFIX = "/shop/{vendor_id}"


def page_router() -> APIRouter:
    """A router for pages of a shop; pages are not part of the API's documentation."""
    return APIRouter(prefix=PREFIX, include_in_schema=False)
