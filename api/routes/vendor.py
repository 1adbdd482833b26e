"""What the vendor's routes share: their path, and who may do what only owners may."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.dependencies import CurrentVendorUser, VendorCaller
from domain.errors import Forbidden

PREFIX = "/api/v1/vendor"
OWNER = "owner"


def vendor_router(noun: str) -> APIRouter:
    """The router for one noun of the vendor's side."""
    return APIRouter(prefix=PREFIX, tags=[f"Vendor: {noun}"])


async def _owner(user: CurrentVendorUser) -> VendorCaller:
    if user.role != OWNER:
        raise Forbidden("Only the owner of the shop may do this.")
    return user


CurrentOwner = Annotated[VendorCaller, Depends(_owner)]
