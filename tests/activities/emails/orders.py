"""Facts about believable orders."""

from datetime import UTC, datetime
from decimal import Decimal

from activities.emails.facts import (
    AuthorizationFacts,
    DisputeFacts,
    ItemFacts,
    OrderFacts,
    PersonFacts,
    ShopFacts,
)
from activities.emails.links import EmailLinks
from domain.capture import CaptureExpiry
from domain.links import Links

SIGNED = Links("a secret of the tests")
LINKS = EmailLinks("https://shop.example/", SIGNED)

ORDER = OrderFacts(
    vendor_id=7,
    order_id=42,
    order_number="ACME-20261122-00042",
    placed_at=datetime(2026, 11, 22, 14, 30, tzinfo=UTC),
    payment_status="paid",
    shop=ShopFacts("Acme & Söhne", "shop@acme.example"),
    customer=PersonFacts("Jané", "Doe", "jane@example.com"),
    items=(
        ItemFacts("Coffee mug", "MUG-1", 2, Decimal("19.90"), Decimal("39.80"), Decimal("17.00")),
        ItemFacts("Espresso machine", "ESP-9", 1, Decimal("1249.00"), Decimal("1249.00"), Decimal("17.00")),
    ),
    currency="EUR",
    prices_include_tax=False,
    subtotal=Decimal("1288.80"),
    shipping_cost=Decimal("5.90"),
    tax_amount=Decimal("214.89"),
    discount_amount=Decimal("24.72"),
    total_amount=Decimal("1484.87"),
    paid_amount=Decimal("1484.87"),
    payment_method="stripe",
    pay_until=datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
    shipping_address=("Jané Doe", "1 Rue de la Gare", "1616 Luxembourg", "LU"),
    billing_address=("Doe S.à r.l.", "12 Avenue de la Liberté", "1930 Luxembourg", "LU"),
    customer_notes="Please ring twice.",
    carrier="DHL",
    tracking_number="JD0146/3",
    decline_code="insufficient_funds",
    cancel_reason="out_of_stock",
    cancel_refund=Decimal("1484.87"),
    refund_amount=Decimal("10.00"),
    dispute=DisputeFacts(
        Decimal("84.20"),
        "product_not_received",
        "needs_response",
        datetime(2026, 12, 1, 23, 59, tzinfo=UTC),
    ),
    authorization=AuthorizationFacts(datetime(2026, 11, 29, 14, 31, tzinfo=UTC), CaptureExpiry.CANCEL),
    message="Where is it?\n\nPlease tell me.",
)
