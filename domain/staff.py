"""The people who work for a vendor, and what their roles let them do."""

from enum import StrEnum

from domain.errors import Forbidden


class StaffRole(StrEnum):
    """Owners change settings and people, staff works with orders and products, viewers only look."""

    OWNER = "owner"
    STAFF = "staff"
    VIEWER = "viewer"


def check_may_change(role: str) -> None:
    """Raise Forbidden for somebody who may only look."""
    if role == StaffRole.VIEWER:
        raise Forbidden("You may look at everything and change nothing; the owner of the shop decides that.")


def check_owner(role: str) -> None:
    """Raise Forbidden for everybody but the owners."""
    if role != StaffRole.OWNER:
        raise Forbidden("Only the owner of the shop may do this.")
