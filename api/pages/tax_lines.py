"""The tax of an order by rate, as it was when the order was placed."""

from dataclasses import dataclass
from decimal import Decimal

from db.tables import Order


@dataclass(frozen=True)
class VatLine:
    """The tax of one rate (percent) and what it is on, without tax."""

    rate: Decimal
    base: Decimal
    tax: Decimal


def vat_lines(order: Order) -> list[VatLine]:
    """Every rate of an order."""
    return [
        VatLine(Decimal(row["rate"]), Decimal(row["base"]), Decimal(row["tax"])) for row in order.tax_summary
    ]
