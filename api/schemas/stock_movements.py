"""The movements of a product's stock as its vendor sees them."""

from datetime import datetime

from api.schemas.base import AnswerModel


class MoverAnswer(AnswerModel):
    """Somebody of the vendor's who corrected the stock."""

    id: int
    first_name: str
    last_name: str


class MovementAnswer(AnswerModel):
    """One change of the counters.

    Corrections by hand have a `reason` and a `mover`, what orders moved has the order, and what a file moved
    has the `import_id` and whoever confirmed it.
    """

    id: int
    movement_type: str
    available_change: int
    reserved_change: int
    reason: str | None
    notes: str | None
    order_id: int | None
    order_number: str | None
    import_id: int | None
    mover: MoverAnswer | None
    created_at: datetime
