"""Products as the shop shows them."""

from api.amounts import Amount
from api.schemas.base import AnswerModel
from db.queries.products import ShopProduct
from db.tables import Vendor


class ProductAnswer(AnswerModel):
    """A product; the price is as the vendor entered it, with or without tax."""

    id: int
    sku: str
    title: str
    description: str
    price: Amount
    currency: str
    featured_image: str | None
    in_stock: bool
    available_quantity: int


def present_product(product: ShopProduct, vendor: Vendor) -> ProductAnswer:
    """A product that is not on sale any more is shown as sold out."""
    available = product.available_quantity if product.is_active else 0
    return ProductAnswer(
        id=product.id,
        sku=product.sku,
        title=product.title,
        description=product.description,
        price=product.price,
        currency=vendor.currency,
        featured_image=product.featured_image,
        in_stock=available > 0,
        available_quantity=available,
    )
