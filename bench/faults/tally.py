"""What all lives of a run did and were told."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.faults.patience import Answers


@dataclass(frozen=True)
class Told:
    """What somebody was told of an order."""

    order_number: str
    status: str
    payment_status: str
    total: float


@dataclass
class Tally:
    """`placed` are the order numbers that customers were given, `refund_ids` the refunds vendors were.

    `told` is every state that an order was said to be in, `reached` what bulk changes are said to have made
    of orders. `orders_of` are the orders of each vendor so far, `invoiced` orders' ids with the numbers of
    their documents.
    """

    done: Counter[str] = field(default_factory=Counter)
    answers: Answers = field(default_factory=Answers)
    placed: list[str] = field(default_factory=list)
    refund_ids: list[int] = field(default_factory=list)
    told: set[Told] = field(default_factory=set)
    reached: list[tuple[str, str]] = field(default_factory=list)
    orders_of: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    invoiced: set[tuple[int, str]] = field(default_factory=set)

    def hear(self, order: Mapping[str, Any]) -> None:
        """Keep what an answer says of an order."""
        self.told.add(
            Told(order["order_number"], order["status"], order["payment_status"], order["total_amount"])
        )
