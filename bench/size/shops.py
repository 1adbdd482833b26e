"""Vendors with their products, and baskets of them that are priced as the checkout prices."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random

from bench.size.copying import NULL, Lines, moment
from bench.size.people import CITIES
from domain.pricing import CartLine, PricedOrder, PricingPolicy, ShippingRate, price_order

PRODUCTS = 60
_BASKETS = 12
_STOCK = 100_000_000
_RATES = {"DE": Decimal(19), "FR": Decimal(20), "BE": Decimal(21)}
_SHIPPING = ShippingRate("standard", "Standard", Decimal("5.90"))
_POLICY = PricingPolicy("EUR", prices_include_tax=False, tax_shipping=False)
_KINDS = ("Mug", "Lamp", "Chair", "Notebook", "Scarf", "Teapot", "Poster", "Vase", "Blanket", "Clock")
_NO_PASSWORD = "nobody signs in with it"  # noqa: S105 -- not a password: no hash is like this


@dataclass(frozen=True)
class Basket:
    """What is ordered, as its rows have it."""

    priced: PricedOrder
    tax_summary: str

    @classmethod
    def of(cls, priced: PricedOrder) -> "Basket":
        """The basket of a priced order."""
        rows = [
            {"rate": str(row.rate), "base": str(row.base), "tax": str(row.tax)} for row in priced.tax_summary
        ]
        return cls(priced, json.dumps(rows))


@dataclass
class Shop:
    """A vendor with one user of the same id; `sold` and `held` are pieces by product."""

    id: int
    prefix: str
    baskets: dict[str, list[Basket]]
    sold: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next_number(self, at: datetime) -> str:
        """The next order number of the day."""
        day = f"{at:%Y%m%d}"
        self.counters[day] += 1
        return f"{self.prefix}-{day}-{self.counters[day]:05}"

    def write_stock(self, lines: Lines, opened: str) -> None:
        """The counters, once all orders are known; their movements sum up to them."""
        for product_id in range(_first_product(self.id), _first_product(self.id + 1)):
            lines.add("inventory_movements", self.id, product_id, "initial", _STOCK, 0, NULL, opened)
            held = self.held[product_id]
            lines.add("inventory", product_id, self.id, _STOCK - self.sold[product_id] - held, held)
        for day, last in self.counters.items():
            lines.add("order_number_counters", self.id, f"{day[:4]}-{day[4:6]}-{day[6:]}", last)


def open_shop(number: int, lines: Lines, opened: datetime, random: Random) -> Shop:
    """A vendor's own rows, and what its customers choose from."""
    since = moment(opened)
    lines.add(
        "vendors",
        number,
        f"size-{number}",
        f"Size {number}",
        f"shop@size{number}.example",
        "DE",
        _prefix(number),
    )
    owner = f"owner@size{number}.example"
    lines.add("vendor_users", number, number, owner, _NO_PASSWORD, "Olga", "Owner")
    lines.add("shipping_rates", number, number, _SHIPPING.code, _SHIPPING.name, _SHIPPING.price)
    products = []
    for position in range(PRODUCTS):
        product_id = _first_product(number) + position
        kind, price = _KINDS[position % len(_KINDS)], Decimal(position % 37 + 3) + Decimal("0.90")
        sku, title = f"SKU-{position:03}", f"{kind} {position}"
        lines.add("products", product_id, number, sku, title, price, since, since)
        products.append((product_id, sku, title, price))

    def basket(rate: Decimal) -> Basket:
        chosen = random.sample(products, random.choice((1, 1, 1, 2, 2, 3, 4, 6)))
        cart = [
            CartLine(product_id, sku, title, None, price, random.choice((1, 1, 1, 2, 3)))
            for product_id, sku, title, price in chosen
        ]
        return Basket.of(price_order(cart, _SHIPPING, rate, _POLICY))

    baskets = {country: [basket(_RATES[country]) for _ in range(_BASKETS)] for country in CITIES}
    return Shop(number, _prefix(number), baskets)


def _prefix(number: int) -> str:
    return f"SIZE{number}"


def _first_product(vendor_id: int) -> int:
    return (vendor_id - 1) * PRODUCTS + 1
