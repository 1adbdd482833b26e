"""What the shop's routes share: their path, and who is asked in whose name."""

from fastapi import APIRouter

PREFIX = "/api/v1/public/vendors/{vendor_id}"


def shop_router(noun: str) -> APIRouter:
    """The router for one noun of the shop."""
    return APIRouter(prefix=PREFIX, tags=[f"Shop: {noun}"])
