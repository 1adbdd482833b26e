"""An order's life as the people of its shop read it: events, e-mails, messages and notes, newest first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from api.vendor_order import WholeOrder
from db.queries.order_timeline import LoggedEvent
from db.tables import Customer, Email
from domain.lifecycle import ActorType
from domain.orders import OrderEventType

EMAIL, MESSAGE, NOTE = "email", "message", "note"
_STRIPE_EVENT = "evt_"
_EXCERPT = 160


class Doer(StrEnum):
    """Whose doing an entry is; of the shop's people and of operators it says who."""

    CUSTOMER = "customer"
    PERSON = "person"
    OPERATOR = "operator"
    PLATFORM = "platform"
    STRIPE = "stripe"
    SYSTEM = "system"


@dataclass(frozen=True)
class Entry:
    """Something that happened: `code` is an event's type, or email, message or note.

    `name` is the person's, `number` that of an event in the order's history, `why` what was written with it,
    and `facts` are what the event tells besides.
    """

    code: str
    at: datetime
    doer: Doer
    name: str = ""
    number: int | None = None
    amount: Decimal | None = None
    why: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_bad(self) -> bool:
        """Whether somebody may have to do something about it."""
        return self.code in _BAD or (self.code == EMAIL and self.facts["failure"] is not None)


_BAD = frozenset({OrderEventType.PAYMENT_FAILED, OrderEventType.REFUND_FAILED, OrderEventType.DISPUTE_OPENED})


def timeline(whole: WholeOrder, events: Sequence[LoggedEvent], emails: Sequence[Email]) -> list[Entry]:
    """Everything that happened to an order, the newest first; of one moment as the events are numbered."""
    customer = name_of(whole.stored.customer)
    entries = [
        *(_event(logged, customer) for logged in events),
        *(_email(email) for email in emails),
        *_written(whole, customer),
    ]
    return sorted(entries, key=lambda entry: (entry.at, entry.number or 0), reverse=True)


def name_of(customer: Customer) -> str:
    """A customer's name; a guest who has not ordered yet has none."""
    return f"{customer.first_name} {customer.last_name}".strip() or customer.email


def _event(logged: LoggedEvent, customer: str) -> Entry:
    event = logged.event
    doer, name = _doer(logged, customer)
    amount = event.data.get("amount")
    return Entry(
        code=event.type,
        at=event.created_at,
        doer=doer,
        name=name,
        number=event.sequence,
        amount=None if amount is None else Decimal(amount),
        why=event.notes if doer != Doer.OPERATOR else event.data.get("reason", event.notes),
        facts=event.data | {"from_status": event.from_status, "to_status": event.to_status},
    )


def _doer(logged: LoggedEvent, customer: str) -> tuple[Doer, str]:
    event, cause = logged.event, logged.event.cause or ""
    if event.actor_type == ActorType.CUSTOMER:
        return Doer.CUSTOMER, customer
    if event.actor_type == ActorType.VENDOR:
        return Doer.PERSON, logged.person
    if event.actor_type == ActorType.ADMIN:
        return Doer.PLATFORM, ""
    if cause.startswith("operator"):
        return Doer.OPERATOR, cause.partition(":")[2]
    return (Doer.STRIPE, "") if cause.startswith(_STRIPE_EVENT) else (Doer.SYSTEM, "")


def _email(email: Email) -> Entry:
    facts = {"kind": email.kind, "recipient": email.recipient, "failure": email.failure}
    return Entry(EMAIL, email.sent_at or email.created_at, Doer.SYSTEM, facts=facts)


def _written(whole: WholeOrder, customer: str) -> Iterable[Entry]:
    for message in whole.thread:
        by_vendor = message.author == ActorType.VENDOR
        doer, name = (Doer.PERSON, message.author_name) if by_vendor else (Doer.CUSTOMER, customer)
        yield Entry(MESSAGE, message.created_at, doer, name, why=_excerpt(message.body))
    for note in whole.notes:
        name = f"{note.author.first_name} {note.author.last_name}"
        yield Entry(NOTE, note.created_at, Doer.PERSON, name, why=_excerpt(note.body))


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()}…"
