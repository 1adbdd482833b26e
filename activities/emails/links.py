"""Where the e-mails lead."""


def order_link(public_url: str, *, vendor_id: int, order_id: int, to_vendor: bool) -> str:
    """The page of an order: the customer's, in the shop, or the vendor's."""
    base = public_url.rstrip("/")
    if to_vendor:
        return f"{base}/vendor/orders/{order_id}"
    return f"{base}/shop/{vendor_id}/account/orders/{order_id}"
