"""What the plain service is asked and answers: the same as Orion, as far as it knows it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.amounts import Amount


class PlainRequest(BaseModel):
    """A cart to be ordered."""

    session_id: str
    shipping_address_id: int
    billing_address_id: int
    payment_method: str


class PlainItem(BaseModel):
    """A line as it was ordered."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    product_id: int
    product_sku: str
    product_title: str
    quantity: int
    unit_price: Amount
    total_price: Amount
    tax_rate: Amount
    tax_amount: Amount


class PlainAnswer(BaseModel):
    """An order as it was stored."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    vendor_id: int
    customer_id: int
    order_number: str
    status: str
    payment_status: str
    payment_method: str
    subtotal: Amount
    shipping_cost: Amount
    tax_amount: Amount
    total_amount: Amount
    currency: str
    shipping_address: dict[str, Any]
    billing_address: dict[str, Any]
    created_at: datetime
    items: list[PlainItem]
