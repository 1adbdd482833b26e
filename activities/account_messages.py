"""What the workflows of links for passwords hand to their activities: ids and times, never personal data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SendAccountLink:
    """The customer whose link is to be mailed, and when it was asked for: from then on it is valid."""

    vendor_id: int
    customer_id: int
    asked_at: datetime


@dataclass(frozen=True)
class SendStaffLink:
    """Who of a vendor's people gets a link, and when it was asked for: from then on it is valid."""

    vendor_id: int
    user_id: int
    asked_at: datetime


@dataclass(frozen=True)
class SendAdminLink:
    """Which of the platform's admins gets a link, and when it was asked for: from then on it is valid."""

    admin_id: int
    asked_at: datetime
