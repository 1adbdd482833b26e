"""Products as a vendor's people keep them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.amounts import Amount, GivenAmount
from api.schemas.base import AnswerModel, Line, Notes, Printable, RequestModel, SingleLine
from db.queries.catalogue import StockedProduct

# Far more than anyone stocks, far less than the column holds.
MAX_STOCK = 1_000_000_000

Sku = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), Printable, SingleLine
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), Printable]
ImageUrl = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^(https?://[^\s]+|/[^\s]*)$"),
    Printable,
]
Stock = Annotated[int, Field(strict=True, ge=0, le=MAX_STOCK)]
Flag = Annotated[bool, Field(strict=True)]


class NewProduct(RequestModel):
    """A new product; the price is in the shop's currency, with or without tax as its settings say."""

    sku: Sku
    title: Line
    description: Description = ""
    price: GivenAmount
    featured_image: ImageUrl | None = None
    is_active: Flag = True
    available_quantity: Stock = 0


class ProductChanges(RequestModel):
    """What is to change; fields that are left out stay as they are."""

    sku: Sku = Field(default_factory=str)
    title: Line = Field(default_factory=str)
    description: Description = Field(default_factory=str)
    price: GivenAmount = Field(default_factory=Decimal)
    featured_image: ImageUrl | None = Field(default_factory=lambda: None)
    is_active: Flag = Field(default_factory=bool)

    def given(self) -> dict[str, Any]:
        """Only what was sent."""
        return self.model_dump(exclude_unset=True)


class StockRequest(RequestModel):
    """How many pieces can be sold from now on, reserved ones not counted."""

    available_quantity: Stock
    notes: Notes | None = None


class VendorProductAnswer(AnswerModel):
    """A product with its stock; reserved pieces are held for orders not yet shipped."""

    id: int
    sku: str
    title: str
    description: str
    price: Amount
    currency: str
    featured_image: str | None
    is_active: bool
    in_stock: bool
    available_quantity: int
    reserved_quantity: int
    created_at: datetime
    updated_at: datetime


def present_stocked_product(stocked: StockedProduct, currency: str) -> VendorProductAnswer:
    """A product as its vendor sees it."""
    product = stocked.product
    return VendorProductAnswer(
        id=product.id,
        sku=product.sku,
        title=product.title,
        description=product.description,
        price=product.price,
        currency=currency,
        featured_image=product.featured_image,
        is_active=product.is_active,
        in_stock=product.is_active and stocked.available_quantity > 0,
        available_quantity=stocked.available_quantity,
        reserved_quantity=stocked.reserved_quantity,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )
