"""Where the e-mails lead."""

from datetime import datetime, timedelta

from domain.accounts import account_token
from domain.admins import admin_token
from domain.links import Link, LinkPurpose, Links
from domain.staff import staff_token

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

    def account_page(self, *, vendor_id: int) -> str:
        """The page on which a guest asks for the link to an account."""
        return f"{self._base}/shop/{vendor_id}/account/link"

    def set_password(
        self, *, vendor_id: int, customer_id: int, password_hash: str | None, asked_at: datetime
    ) -> str:
        """The page on which somebody sets their password, once."""
        token = account_token(
            self._links,
            vendor_id=vendor_id,
            customer_id=customer_id,
            password_hash=password_hash,
            asked_at=asked_at,
        )
        return f"{self._base}/shop/{vendor_id}/account/set-password/{token}"

    def set_staff_password(
        self, *, vendor_id: int, user_id: int, password_hash: str | None, asked_at: datetime
    ) -> str:
        """The page on which somebody who works for a vendor sets their password, once."""
        token = staff_token(
            self._links,
            vendor_id=vendor_id,
            user_id=user_id,
            password_hash=password_hash,
            asked_at=asked_at,
        )
        return f"{self._base}/vendor/set-password/{token}"

    def set_admin_password(self, *, admin_id: int, password_hash: str, asked_at: datetime) -> str:
        """The page on which an admin of the platform sets a new password, once."""
        token = admin_token(self._links, admin_id=admin_id, password_hash=password_hash, asked_at=asked_at)
        return f"{self._base}/admin/set-password/{token}"
