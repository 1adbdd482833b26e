"""What starts the sending of an account's link: ids, never personal data and never the link."""

from dataclasses import dataclass

ACCOUNT_LINK_WORKFLOW = "AccountLinkWorkflow"
STAFF_LINK_WORKFLOW = "StaffLinkWorkflow"
ADMIN_LINK_WORKFLOW = "AdminLinkWorkflow"


@dataclass(frozen=True)
class AccountLink:
    """Whose link is to be sent: an account, or a guest who has ordered.

    Who asks again within `pause` seconds has an e-mail on its way already.
    """

    vendor_id: int
    customer_id: int
    pause: float = 60.0


def account_link_id(given: AccountLink) -> str:
    """The workflow's id: one at a time for each customer."""
    return f"account-link-{given.vendor_id}-{given.customer_id}"


@dataclass(frozen=True)
class StaffLink:
    """Whose link is to be sent: somebody who works for a vendor; `pause` as for accounts."""

    vendor_id: int
    user_id: int
    pause: float = 60.0


def staff_link_id(given: StaffLink) -> str:
    """The workflow's id: one at a time for each person."""
    return f"staff-link-{given.vendor_id}-{given.user_id}"


@dataclass(frozen=True)
class AdminLink:
    """Whose link is to be sent: one of the platform's admins; `pause` as for accounts."""

    admin_id: int
    pause: float = 60.0


def admin_link_id(given: AdminLink) -> str:
    """The workflow's id: one at a time for each admin."""
    return f"admin-link-{given.admin_id}"
