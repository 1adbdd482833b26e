"""Refunds as a vendor's people ask for them."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from api.amounts import GivenAmount
from api.schemas.base import AnswerModel, GivenId, Printable, Quantity, RequestModel
from api.schemas.vendor_products import Flag


class RefundItemRequest(RequestModel):
    """Some pieces of a line of the order."""

    order_item_id: GivenId
    quantity: Quantity


def _refuse_repeated_items(items: list[RefundItemRequest]) -> list[RefundItemRequest]:
    if len({item.order_item_id for item in items}) < len(items):
        raise ValueError("names an item twice")
    return items


class RefundCommandRequest(RequestModel):
    """An amount, or pieces of lines and the shipping; none of them is all that is left.

    With amount and pieces, the amount goes back and the pieces say what for, as when something came back
    damaged.
    """

    amount: GivenAmount | None = None
    items: Annotated[
        list[RefundItemRequest], Field(max_length=200), AfterValidator(_refuse_repeated_items)
    ] = Field(default_factory=list)
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), Printable]
    restock: Flag = Field(default=False, description="Put the pieces back on the shelf.")
    shipping: Flag = Field(
        default=False, description="Give back what shipping cost, with its tax; once for an order."
    )

    @model_validator(mode="after")
    def _only_pieces_are_restocked(self) -> Self:
        if self.restock and not self.items:
            raise ValueError("restock needs items")
        return self

    @model_validator(mode="after")
    def _shipping_has_its_own_amount(self) -> Self:
        if self.shipping and self.amount is not None:
            raise ValueError("shipping and amount exclude each other")
        return self

    def body(self) -> dict[str, Any]:
        """What is kept of the request; a wish that is not there leaves the hash of older ones as it was."""
        kept: dict[str, Any] = {
            "amount": None if self.amount is None else str(self.amount),
            "items": [item.model_dump() for item in self.items],
            "reason": self.reason,
            "restock": self.restock,
        }
        return kept | ({"shipping": True} if self.shipping else {})


class RefundAccepted(AnswerModel):
    """The order's workflow has the refund, and its amount is not known yet."""

    order_id: int
    status: str
