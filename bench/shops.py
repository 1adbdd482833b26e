"""The shops, products and shoppers of a run, written straight into the database."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from api.tokens import Audience, Claims, Tokens
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

VENDORS = 4
PRODUCTS = 50
CUSTOMERS = 25
LINES = 2
PIECES = 1_000_000
_NO_PASSWORD = "nobody signs in with it"  # noqa: S105 -- not a password: no hash is like this

Headers = dict[str, str]


@dataclass(frozen=True)
class Shopper:
    """A signed-in customer with one address, at a vendor whose user is signed in too."""

    vendor_id: int
    customer_id: int
    address_id: int
    headers: Headers
    vendor_headers: Headers


@dataclass(frozen=True)
class Basket:
    """What a shopper is about to order; each product once."""

    shopper: Shopper
    session_id: str
    product_ids: Sequence[int]


class Shops:
    """Some vendors with products that never run out; shoppers come in turn and choose at random."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        *,
        products: int = PRODUCTS,
        pieces: int = PIECES,
        seed: int = 20261122,
        **windows: int,
    ) -> None:
        """`windows` are settings of every vendor, in seconds."""
        self._database = database
        self._tokens = tokens
        self._assortment = products
        self._pieces = pieces
        self._windows = windows
        self._products: dict[int, list[int]] = {}
        self._hot: int | None = None
        self._shoppers: list[Shopper] = []
        self._numbers = itertools.count(1)
        self._random = Random(seed)

    async def open(self) -> None:
        """Write all rows."""
        for number in range(1, VENDORS + 1):
            await self._open_vendor(number)
        self._random.shuffle(self._shoppers)
        self._turn: Iterator[Shopper] = itertools.cycle(self._shoppers)

    async def announce_flash_sale(self) -> int:
        """Add the one product that everybody is going to want, at the first vendor; its id."""
        async with self._database.platform() as session:
            product = _product(self.first_vendor, self._assortment + 1)
            session.add(product)
            await session.flush()
            session.add_all(_stock(product, self._pieces))
        self._hot = product.id
        return product.id

    @property
    def first_vendor(self) -> int:
        """The vendor whose shoppers came first."""
        return min(self._products)

    def baskets(self, count: int) -> list[Basket]:
        """Baskets of two products each, whose carts are not filled yet."""
        shoppers = itertools.islice(self._turn, count)
        return [self._basket(shopper, self._choice(shopper)) for shopper in shoppers]

    async def filled_carts(self, count: int) -> list[Basket]:
        """Baskets whose carts are filled, as the cart calls leave them."""
        baskets = self.baskets(count)
        await self._fill(baskets)
        return baskets

    async def flash_carts(self, count: int) -> list[Basket]:
        """Filled carts of one vendor's shoppers, all with the product of the flash sale and one other."""
        if self._hot is None:
            raise ValueError("no flash sale was announced")
        keen = itertools.cycle([each for each in self._shoppers if each.vendor_id == self.first_vendor])
        others = self._products[self.first_vendor]
        baskets = [
            self._basket(shopper, [self._hot, *self._random.sample(others, LINES - 1)])
            for shopper in itertools.islice(keen, count)
        ]
        await self._fill(baskets)
        return baskets

    async def _fill(self, baskets: Sequence[Basket]) -> None:
        async with self._database.platform() as session:
            carts = [
                Cart(
                    vendor_id=basket.shopper.vendor_id,
                    session_id=basket.session_id,
                    customer_id=basket.shopper.customer_id,
                    version=1 + LINES,
                )
                for basket in baskets
            ]
            session.add_all(carts)
            await session.flush()
            for cart, basket in zip(carts, baskets, strict=True):
                session.add_all(
                    CartItem(vendor_id=cart.vendor_id, cart_id=cart.id, product_id=product_id, quantity=1)
                    for product_id in basket.product_ids
                )

    def _choice(self, shopper: Shopper) -> list[int]:
        return self._random.sample(self._products[shopper.vendor_id], LINES)

    def _basket(self, shopper: Shopper, product_ids: Sequence[int]) -> Basket:
        return Basket(shopper, f"bench-session-{next(self._numbers):010}", product_ids)

    async def _open_vendor(self, number: int) -> None:
        async with self._database.platform() as session:
            vendor = Vendor(
                vendor_code=f"bench-{number}",
                name=f"Bench {number}",
                contact_email=f"shop@bench{number}.example",
                country="LU",
                order_number_prefix=f"BENCH{number}",
                **self._windows,
            )
            session.add(vendor)
            await session.flush()
            user = _user(vendor.id, number)
            products = [_product(vendor.id, item) for item in range(1, self._assortment + 1)]
            customers = [_customer(vendor.id, person) for person in range(1, CUSTOMERS + 1)]
            shipping = ShippingMethod(
                vendor_id=vendor.id, code="standard", name="Standard", price=Decimal("5.90")
            )
            session.add_all([user, shipping, *products, *customers])
            await session.flush()
            addresses = [_address(customer) for customer in customers]
            session.add_all(addresses)
            for product in products:
                session.add_all(_stock(product, self._pieces))
            await session.flush()
        self._products[vendor.id] = [product.id for product in products]
        behind = self._bearer(Audience.VENDOR, Claims(user.id, vendor.id, user.role))
        for customer, address in zip(customers, addresses, strict=True):
            own = self._bearer(Audience.CUSTOMER, Claims(customer.id, vendor.id))
            self._shoppers.append(Shopper(vendor.id, customer.id, address.id, own, behind))

    def _bearer(self, audience: Audience, claims: Claims) -> Headers:
        return {"Authorization": f"Bearer {self._tokens.issue(audience, claims)}"}


def _user(vendor_id: int, number: int) -> VendorUser:
    return VendorUser(
        vendor_id=vendor_id,
        email=f"owner@bench{number}.example",
        password_hash=_NO_PASSWORD,
        first_name="Olga",
        last_name="Owner",
        role="owner",
    )


def _product(vendor_id: int, number: int) -> Product:
    price = Decimal(number) + Decimal("0.90")
    return Product(vendor_id=vendor_id, sku=f"SKU-{number:03}", title=f"Product {number}", price=price)


def _customer(vendor_id: int, number: int) -> Customer:
    return Customer(
        vendor_id=vendor_id,
        email=f"shopper{number}@bench.example",
        password_hash=_NO_PASSWORD,
        first_name="Jane",
        last_name=f"Doe {number}",
    )


def _address(customer: Customer) -> CustomerAddress:
    return CustomerAddress(
        vendor_id=customer.vendor_id,
        customer_id=customer.id,
        first_name=customer.first_name,
        last_name=customer.last_name,
        address_line1="1 Rue de la Gare",
        city="Luxembourg",
        postal_code="1616",
        country="LU",
    )


def _stock(product: Product, pieces: int) -> tuple[Inventory, InventoryMovement]:
    counters = Inventory(product_id=product.id, vendor_id=product.vendor_id, available_quantity=pieces)
    movement = InventoryMovement(
        vendor_id=product.vendor_id,
        product_id=product.id,
        movement_type="initial",
        available_change=pieces,
        reserved_change=0,
    )
    return counters, movement
