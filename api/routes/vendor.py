"""What the vendor's routes share: their path, and who may do what only owners may."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.callers import CurrentVendorUser, VendorCaller
from domain.staff import check_owner

PREFIX = "/api/v1/vendor"


def vendor_router(noun: str) -> APIRouter:
    """The router for one noun of the vendor's side."""
    return APIRouter(prefix=PREFIX, tags=[f"Vendor: {noun}"])


async def _owner(user: CurrentVendorUser) -> VendorCaller:
    check_owner(user.role)
    return user


CurrentOwner = Annotated[VendorCaller, Depends(_owner)]
