"""Products as a vendor's people keep them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.amounts import Amount, GivenAmount
from api.schemas.base import AnswerModel, Notes, RequestModel
from db.queries.catalogue import StockedProduct
from domain import products
from domain.products import MOST_STOCK, FieldRefused
from domain.stock_corrections import StockCorrection, StockReason


def _by(rule: Callable[[str], str], longest: int, shortest: int = 0) -> tuple[AfterValidator, WithJsonSchema]:
    """A text that the domain's rule lets pass, and how the documentation describes it."""

    def check(text: str) -> str:
        try:
            return rule(text)
        except FieldRefused as refused:
            # Its text is the same for everybody and has nothing to fill in.
            raise PydanticCustomError(refused.code, "{told}", {"told": refused.message}) from None

    schema = {"type": "string", "minLength": shortest, "maxLength": longest}
    return AfterValidator(check), WithJsonSchema(schema)


_Text = Annotated[str, StringConstraints(strict=True)]
Sku = Annotated[_Text, *_by(products.sku, products.LONGEST_SKU, 1)]
Title = Annotated[_Text, *_by(products.title, products.LONGEST_TITLE, 1)]
Description = Annotated[_Text, *_by(products.description, products.LONGEST_DESCRIPTION)]
ImageUrl = Annotated[_Text, *_by(products.image, products.LONGEST_IMAGE, 1)]
Stock = Annotated[int, Field(strict=True, ge=0, le=MOST_STOCK)]
StockDifference = Annotated[int, Field(strict=True, ge=-MOST_STOCK, le=MOST_STOCK)]
Flag = Annotated[bool, Field(strict=True)]


class NewProduct(RequestModel):
    """A new product; the price is in the shop's currency, with or without tax as its settings say."""

    sku: Sku
    title: Title
    description: Description = ""
    price: GivenAmount
    featured_image: ImageUrl | None = None
    is_active: Flag = True
    available_quantity: Stock = 0


class ProductChanges(RequestModel):
    """What is to change; fields that are left out stay as they are.

    With `expected_updated_at`, the `updated_at` of the product as it was when somebody decided on them, the
    changes are refused with `product_changed` when it was changed since.
    """

    sku: Sku = Field(default_factory=str)
    title: Title = Field(default_factory=str)
    description: Description = Field(default_factory=str)
    price: GivenAmount = Field(default_factory=Decimal)
    featured_image: ImageUrl | None = Field(default_factory=lambda: None)
    is_active: Flag = Field(default_factory=bool)
    expected_updated_at: datetime | None = None

    def given(self) -> dict[str, Any]:
        """Only what was sent of the product."""
        return self.model_dump(exclude_unset=True, exclude={"expected_updated_at"})


class StockRequest(RequestModel):
    """A correction: how many pieces can be sold from now on, reserved ones not counted, or a `difference`.

    With `expected_quantity`, the number that somebody decided on the correction with, it is refused with
    `stock_moved` when that is not the number any more.
    """

    available_quantity: Stock = Field(default_factory=int)
    difference: StockDifference = Field(default_factory=int)
    expected_quantity: Stock | None = None
    reason: StockReason | None = None
    notes: Notes | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if len({"available_quantity", "difference"} & self.model_fields_set) != 1:
            raise PydanticCustomError("missing", "Either available_quantity or difference has to be given")
        return self

    def correction(self) -> StockCorrection:
        """The correction that is asked for. Raises CorrectionInvalid."""
        given = self.model_fields_set
        return StockCorrection(
            count=self.available_quantity if "available_quantity" in given else None,
            difference=self.difference if "difference" in given else None,
            seen=self.expected_quantity,
            reason=self.reason,
            notes=self.notes or None,
        )


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
