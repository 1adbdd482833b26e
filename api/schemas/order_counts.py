"""How many orders there are, by status."""

from pydantic import Field

from api.schemas.base import AnswerModel
from db.queries.order_counts import OrderCounts


class CountAnswer(AnswerModel):
    """A number of orders; with `more` there are at least as many."""

    count: int
    more: bool


class OrderCountsAnswer(AnswerModel):
    """Orders that match, in total and by their status."""

    total: CountAnswer
    by_status: dict[str, CountAnswer] = Field(description="Every status, also where there is no order.")


def present_counts(counts: OrderCounts) -> OrderCountsAnswer:
    """The counts as they are answered."""
    return OrderCountsAnswer(
        total=CountAnswer.model_validate(counts.total),
        by_status={status: CountAnswer.model_validate(count) for status, count in counts.by_status.items()},
    )
