"""VAT rates as admins keep them."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from api.amounts import Amount
from api.schemas.base import AnswerModel, Country, RequestModel

Percentage = Annotated[
    Decimal,
    Field(ge=0, lt=100, max_digits=4, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 100, "multipleOf": 0.01}),
]


class TaxRateRequest(RequestModel):
    """A country's standard rate in percent from a day on; `country` is ISO 3166 alpha-2."""

    country: Country
    rate: Percentage
    valid_from: Annotated[date, Field(ge=date(1967, 1, 1), lt=date(3000, 1, 1))]


class TaxRateAnswer(AnswerModel):
    """A country's standard rate in percent, from a day on until its next one."""

    country: str
    rate: Amount
    valid_from: date
