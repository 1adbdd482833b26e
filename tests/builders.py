"""Rows for tests: each function writes one thing with believable defaults and returns it."""

import itertools
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.stock import PIECES, RESERVING, pieces
from db.session import Database
from db.tables import (
    Cart,
    CartItem,
    Customer,
    CustomerAddress,
    Inventory,
    InventoryMovement,
    Product,
    ShippingMethod,
    Vendor,
    VendorUser,
)

NO_PASSWORD = "no password verifies against this"

_numbers = itertools.count(1)


async def create_vendor(
    database: Database,
    *,
    vendor_code: str | None = None,
    name: str = "Acme",
    country: str = "LU",
    currency: str = "EUR",
    order_number_prefix: str | None = None,
    is_active: bool = True,
    prices_include_tax: bool = False,
    tax_shipping: bool = False,
    payment_methods: Sequence[str] = ("stripe", "manual"),
    payment_window: int = 1800,
    manual_payment_window: int = 604_800,
    return_window: int = 2_592_000,
) -> Vendor:
    number = next(_numbers)
    vendor = Vendor(
        vendor_code=vendor_code or f"acme-{number}",
        name=name,
        contact_email=f"shop{number}@acme.example",
        country=country,
        currency=currency,
        order_number_prefix=order_number_prefix or f"ACME{number}",
        is_active=is_active,
        prices_include_tax=prices_include_tax,
        tax_shipping=tax_shipping,
        payment_methods=list(payment_methods),
        payment_window=payment_window,
        manual_payment_window=manual_payment_window,
        return_window=return_window,
    )
    async with database.platform() as session:
        session.add(vendor)
    return vendor


async def create_vendor_user(
    database: Database,
    vendor: Vendor,
    *,
    email: str | None = None,
    password_hash: str = NO_PASSWORD,
    role: str = "owner",
    is_active: bool = True,
) -> VendorUser:
    user = VendorUser(
        vendor_id=vendor.id,
        email=email or f"owner{next(_numbers)}@acme.example",
        password_hash=password_hash,
        first_name="Olga",
        last_name="Owner",
        role=role,
        is_active=is_active,
    )
    async with database.platform() as session:
        session.add(user)
    return user


async def create_shipping_method(
    database: Database,
    vendor: Vendor,
    *,
    code: str = "standard",
    name: str = "Standard",
    price: Decimal = Decimal("5.90"),
    countries: Sequence[str] = (),
    is_active: bool = True,
) -> ShippingMethod:
    method = ShippingMethod(
        vendor_id=vendor.id,
        code=code,
        name=name,
        price=price,
        countries=sorted(countries),
        is_active=is_active,
    )
    async with database.platform() as session:
        session.add(method)
    return method


async def create_customer(
    database: Database,
    vendor: Vendor,
    *,
    email: str | None = None,
    password_hash: str | None = NO_PASSWORD,
    first_name: str = "Jane",
    last_name: str = "Doe",
) -> Customer:
    customer = Customer(
        vendor_id=vendor.id,
        email=email or f"jane{next(_numbers)}@example.com",
        password_hash=password_hash,
        first_name=first_name,
        last_name=last_name,
    )
    async with database.platform() as session:
        session.add(customer)
    return customer


async def create_address(
    database: Database,
    customer: Customer,
    *,
    first_name: str = "Jane",
    last_name: str = "Doe",
    company: str | None = None,
    address_line1: str = "1 Rue de la Gare",
    address_line2: str | None = None,
    city: str = "Luxembourg",
    postal_code: str = "1616",
    country: str = "LU",
    phone: str | None = None,
    is_default: bool = False,
) -> CustomerAddress:
    address = CustomerAddress(
        vendor_id=customer.vendor_id,
        customer_id=customer.id,
        first_name=first_name,
        last_name=last_name,
        company=company,
        address_line1=address_line1,
        address_line2=address_line2,
        city=city,
        postal_code=postal_code,
        country=country,
        phone=phone,
        is_default=is_default,
    )
    async with database.platform() as session:
        session.add(address)
    return address


async def create_product(
    database: Database,
    vendor: Vendor,
    *,
    sku: str | None = None,
    title: str = "Coffee mug",
    description: str = "",
    price: Decimal = Decimal("19.90"),
    featured_image: str | None = None,
    is_active: bool = True,
    available: int = 10,
) -> Product:
    """A product with its stock and the `initial` movement that accounts for it."""
    product = Product(
        vendor_id=vendor.id,
        sku=sku or f"MUG-{next(_numbers)}",
        title=title,
        description=description,
        price=price,
        featured_image=featured_image,
        is_active=is_active,
    )
    async with database.platform() as session:
        session.add(product)
        await session.flush()
        session.add(Inventory(product_id=product.id, vendor_id=vendor.id, available_quantity=available))
        session.add(
            InventoryMovement(
                vendor_id=vendor.id,
                product_id=product.id,
                movement_type="initial",
                available_change=available,
                reserved_change=0,
            )
        )
    return product


async def create_cart(
    database: Database,
    vendor: Vendor,
    customer: Customer | None,
    lines: Sequence[tuple[Product, int]],
    *,
    session_id: str | None = None,
) -> Cart:
    """A cart with `(product, quantity)` lines, bound to the customer if there is one."""
    cart = Cart(
        vendor_id=vendor.id,
        session_id=session_id or f"test-session-{next(_numbers):010}",
        customer_id=customer.id if customer else None,
        version=1,
    )
    async with database.platform() as session:
        session.add(cart)
        await session.flush()
        for product, quantity in lines:
            session.add(
                CartItem(vendor_id=vendor.id, cart_id=cart.id, product_id=product.id, quantity=quantity)
            )
    return cart


_HOLD = text(f"WITH {RESERVING} SELECT product_id FROM held").bindparams(*PIECES)  # noqa: S608 -- the product's own


async def hold_stock(session: AsyncSession, product: Product, quantity: int, order_number: str) -> bool:
    """Hold pieces as an order does; false when there are too few."""
    given = pieces({product.id: quantity}) | {"order_number": order_number}
    return (await session.execute(_HOLD, given)).one_or_none() is not None
