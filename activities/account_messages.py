"""What the account link's workflow hands to its activity: ids and times, never personal data."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SendAccountLink:
    """The customer whose link is to be mailed, and when it was asked for: from then on it is valid."""

    vendor_id: int
    customer_id: int
    asked_at: datetime
