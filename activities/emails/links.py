"""Where the e-mails lead."""

from datetime import datetime, timedelta

from domain.links import Link, LinkPurpose, Links

# Longer than any return window; whoever wants to look later has an account.
TRACKING_LIFETIME = timedelta(days=180)


class EmailLinks:
    """The pages below `public_url`; what nobody has to sign in for is signed."""

    def __init__(self, public_url: str, links: Links) -> None:
        self._base = public_url.rstrip("/")
        self._links = links

    def vendor_order(self, order_id: int) -> str:
        """The page of an order for its vendor's people."""
        return f"{self._base}/vendor/orders/{order_id}"

    def tracking(self, *, vendor_id: int, order_id: int, placed_at: datetime) -> str:
        """The page on which whoever has the e-mail follows the order; the same in all its e-mails."""
        token = self._links.sign(Link(LinkPurpose.TRACK, vendor_id, order_id, placed_at + TRACKING_LIFETIME))
        return f"{self._base}/shop/{vendor_id}/track/{token}"
