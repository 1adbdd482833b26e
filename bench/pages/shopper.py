"""A shopper in the midst of things: a full cart, twenty orders, and one order with a history and messages."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from api.cookies import customer_cookie, visitor_cookie
from bench.shops import Basket, Shopper, Shops
from bench.storefront import Storefront
from db.queries.invoice_issuers import LINES, save_issuer
from db.queries.invoice_issuing import issue_due
from db.queries.messages import NewMessage, add_message
from db.queries.orders import list_customer_orders
from db.session import Database
from domain.lifecycle import ActorType
from domain.links import Link, LinkPurpose, Links

ORDERS = 20
CART_LINES = 5
MESSAGES = 6
_CART = "bench-session-pages-cart"
_LIFE = "bench-session-pages-life"


@dataclass(frozen=True)
class Page:
    """A page by its name and its address; `signed_in` is whether the shopper looks at it as themselves."""

    name: str
    path: str
    signed_in: bool = True


@dataclass(frozen=True)
class Regular:
    """Somebody whose pages are full."""

    shopper: Shopper
    product_id: int
    order_id: int
    invoice_id: int
    link: str

    @property
    def cookies(self) -> dict[str, str]:
        """What their browser keeps."""
        vendor_id = self.shopper.vendor_id
        token = self.shopper.headers["Authorization"].removeprefix("Bearer ")
        return {customer_cookie(vendor_id): token, visitor_cookie(vendor_id): _CART}

    def pages(self) -> list[Page]:
        """The pages that are measured."""
        address = self.shopper.address_id
        paths = {
            "front": "",
            "search": "/products?search=product+1",
            "product": f"/products/{self.product_id}",
            f"cart, {CART_LINES} lines": "/cart",
            "checkout, address": "/checkout",
            "checkout, payment": f"/checkout/payment?shipping={address}&method=standard",
            f"orders, {ORDERS}": "/account/orders",
            f"order, delivered, {MESSAGES} messages": f"/account/orders/{self.order_id}",
            "invoice, PDF": f"/account/orders/{self.order_id}/invoices/{self.invoice_id}.pdf",
            "tracking": f"/track/{self.link}",
        }
        shop = f"/shop/{self.shopper.vendor_id}"
        found = [Page(name, f"{shop}{path}") for name, path in paths.items()]
        return [*found, Page("sign-in", f"{shop}/login", signed_in=False)]


async def make_regular(shops: Shops, shop: Storefront, database: Database, links: Links) -> Regular:
    """Write and place all that the pages show."""
    baskets = shops.baskets(60)
    shopper = baskets[0].shopper
    products = _products(baskets, shopper, CART_LINES)
    for number in range(ORDERS - 1):
        basket = Basket(shopper, f"bench-session-pages-{number:04}", products[: 1 + number % CART_LINES])
        await shop.fill(basket)
        await shop.place(basket, "stripe")
    life = Basket(shopper, _LIFE, products)
    await shop.fill(life)
    await shop.live(life)
    async with database.reading(shopper.vendor_id) as session:
        [newest] = await list_customer_orders(session, customer_id=shopper.customer_id, limit=1)
    order_id = newest.order.id
    await shop.fill(Basket(shopper, _CART, products))
    await _talk(database, shopper, order_id)
    expires = datetime.now(UTC) + timedelta(days=1)
    link = links.sign(Link(LinkPurpose.TRACK, shopper.vendor_id, order_id, expires))
    invoice_id = await _issue(database, shopper, order_id)
    return Regular(shopper, products[0], order_id, invoice_id, link)


def _products(baskets: list[Basket], shopper: Shopper, count: int) -> list[int]:
    same_shop = (basket for basket in baskets if basket.shopper.vendor_id == shopper.vendor_id)
    return sorted({product_id for basket in same_shop for product_id in basket.product_ids})[:count]


async def _issue(database: Database, shopper: Shopper, order_id: int) -> int:
    seller = dict.fromkeys(LINES, "A line of the seller's address")
    async with database.vendor(shopper.vendor_id) as session:
        await save_issuer(session, vendor_id=shopper.vendor_id, lines=seller)
        [invoice] = await issue_due(session, vendor_id=shopper.vendor_id, order_id=order_id)
        return invoice.id


async def _talk(database: Database, shopper: Shopper, order_id: int) -> None:
    async with database.vendor(shopper.vendor_id) as session:
        for number in range(MESSAGES):
            text = f"Message {number + 1}: could you tell me a little more about when it comes? " * 4
            new = NewMessage(shopper.vendor_id, order_id, ActorType.CUSTOMER, shopper.customer_id, text)
            await add_message(session, new)
