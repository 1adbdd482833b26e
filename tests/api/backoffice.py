"""The people behind a shop, and orders that are there without having been placed."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import event, func

from api.passwords import hash_password
from api.tokens import Audience, Claims, admin_claims
from db.session import Database
from db.tables import Admin, Cart, Customer, Order, OrderEvent, OrderItem, Placement, Product, VendorUser
from settings import Settings
from tests.api.storefront import bearer

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)

_numbers = itertools.count(1)
_ADDRESS = {
    "first_name": "Jane",
    "last_name": "Doe",
    "company": None,
    "address_line1": "1 Rue de la Gare",
    "address_line2": None,
    "city": "Luxembourg",
    "postal_code": "1616",
    "country": "LU",
    "phone": None,
}


def vendor_headers(settings: Settings, user: VendorUser) -> dict[str, str]:
    return bearer(settings, Audience.VENDOR, Claims(id=user.id, vendor_id=user.vendor_id, role=user.role))


def admin_headers(settings: Settings, admin: Admin) -> dict[str, str]:
    return bearer(settings, Audience.ADMIN, admin_claims(admin))


async def create_admin(database: Database, *, email: str = "ada@orion.example") -> Admin:
    admin = Admin(email=email, password_hash=PASSWORD_HASH)
    async with database.platform() as session:
        session.add(admin)
    return admin


async def create_order(
    database: Database,
    customer: Customer,
    product: Product,
    *,
    status: str = "confirmed",
    payment_status: str = "paid",
    payment_method: str = "stripe",
    payment_reference: str | None = None,
    created_at: datetime | None = None,
    order_number: str | None = None,
) -> Order:
    """A stored order for one piece, with its claim and first event, that no workflow stands behind."""
    number = next(_numbers)
    created = created_at or datetime.now(UTC)
    vendor_id = customer.vendor_id
    order_number = order_number or f"TEST-20261122-{number:05d}"
    async with database.platform() as session:
        cart = Cart(vendor_id=vendor_id, session_id=f"stored-order-{number:010}", customer_id=customer.id)
        session.add(cart)
        await session.flush()
        placement = Placement(
            vendor_id=vendor_id,
            customer_id=customer.id,
            cart_id=cart.id,
            cart_version=1,
            idempotency_key=f"stored-{number}",
            request_hash="",
            request={},
            quoted_total=product.price,
            order_number=order_number,
            state="placed",
        )
        session.add(placement)
        await session.flush()
        order = Order(
            vendor_id=vendor_id,
            customer_id=customer.id,
            placement_id=placement.id,
            order_number=order_number,
            status=status,
            payment_status=payment_status,
            cancel_reason="other" if status == "cancelled" else None,
            subtotal=product.price,
            shipping_cost=Decimal(0),
            tax_amount=Decimal(0),
            discount_amount=Decimal(0),
            total_amount=product.price,
            paid_amount=product.price if payment_status == "paid" else Decimal(0),
            currency="EUR",
            prices_include_tax=False,
            tax_summary=[],
            shipping_method="standard",
            shipping_address=_ADDRESS,
            billing_address=_ADDRESS,
            payment_method=payment_method,
            payment_reference=payment_reference,
            search_document=func.order_search_document(
                vendor_id, created, order_number, customer.first_name, customer.last_name, customer.email
            ),
            created_at=created,
        )
        session.add(order)
        await session.flush()
        session.add(_item(order, product))
        session.add(_placed(order))
    return order


def _item(order: Order, product: Product) -> OrderItem:
    return OrderItem(
        vendor_id=order.vendor_id,
        order_id=order.id,
        position=1,
        product_id=product.id,
        product_sku=product.sku,
        product_title=product.title,
        quantity=1,
        unit_price=product.price,
        total_price=product.price,
        tax_rate=Decimal(17),
        tax_amount=Decimal(0),
    )


def _placed(order: Order) -> OrderEvent:
    return OrderEvent(
        vendor_id=order.vendor_id,
        order_id=order.id,
        sequence=1,
        type="order.placed",
        to_status="pending",
        payment_status="pending",
        actor_type="customer",
        actor_id=order.customer_id,
    )


@dataclass
class StatementCount:
    """How many statements reached the database through sessions since it was made."""

    database: Database
    count: int = 0

    def __post_init__(self) -> None:
        event.listen(self.database.engine.sync_engine, "before_cursor_execute", self._on_statement)

    def _on_statement(self, *_: object) -> None:
        self.count += 1

    def take(self) -> int:
        """The count, from which the next one starts at nought."""
        taken, self.count = self.count, 0
        return taken
