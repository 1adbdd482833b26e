"""What starts a reconciliation, what can be asked of it, and how far it is."""

from dataclasses import dataclass, field
from datetime import datetime

RECONCILE_WORKFLOW = "ReconcileWorkflow"
SCHEDULED_RECONCILIATION = "ScheduledReconciliationWorkflow"
# One at a time: by hand and by schedule under the same id.
RECONCILIATION_ID = "reconciliation"
STOP = "stop"
PROGRESS = "progress"


@dataclass
class Progress:
    """How far a reconciliation is: the page that comes next, and what was counted so far.

    `stage` is the step that comes next, absent once all are done; `cursor` is where in it. `compared` is by
    check, `repaired` and `attention` by finding code.
    """

    as_of: datetime
    stage: str | None
    cursor: str | None = None
    pages: int = 0
    compared: dict[str, int] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    attention: dict[str, int] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return self.stage is None


@dataclass(frozen=True)
class Reconciliation:
    """How to walk; `min_age` and `lookback` are seconds. `progress` is where an earlier walk was stopped."""

    page_size: int = 100
    min_age: float = 600.0
    lookback: float = 604_800.0
    progress: Progress | None = None
