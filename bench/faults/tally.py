"""What all lives of a run did and were told."""

from collections import Counter
from dataclasses import dataclass, field

from bench.faults.patience import Answers


@dataclass
class Tally:
    """`placed` are the order numbers that customers were given, `refund_ids` the refunds vendors were."""

    done: Counter[str] = field(default_factory=Counter)
    answers: Answers = field(default_factory=Answers)
    placed: list[str] = field(default_factory=list)
    refund_ids: list[int] = field(default_factory=list)
