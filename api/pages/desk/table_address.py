"""The address of the order table: everything that is chosen on the page, so that a view can be shared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from api.order_filter import Search
from api.order_paging import read_place
from api.schemas.base import MAX_ID
from api.schemas.periods import whole_day
from db.queries.order_filters import OrderFilter
from db.queries.order_sorts import OrderSort, Place
from domain.lifecycle import OrderStatus, PaymentStatus
from domain.periods import Period

MOST_SHOWN = 100
_MOMENT = timedelta(microseconds=1)


def _ids(text: object) -> object:
    return [part for part in text.split(",") if part] if isinstance(text, str) else text


class TableChoices(BaseModel):
    """What the address says; `shown` are the orders on a page that asks what became of them, 0 for none."""

    model_config = ConfigDict(frozen=True)

    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    customer_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None
    date_from: Annotated[date, BeforeValidator(whole_day)] | None = None
    date_to: Annotated[date, BeforeValidator(whole_day)] | None = None
    search: Search = ""
    sort: OrderSort = OrderSort.NEWEST
    cursor: Annotated[str, Field(max_length=200)] | None = None
    shown: (
        Annotated[
            list[Annotated[int, Field(ge=0, le=MAX_ID)]], BeforeValidator(_ids), Field(max_length=MOST_SHOWN)
        ]
        | None
    ) = None


_FILTERS = ("status", "payment_status", "customer_id", "date_from", "date_to", "search")
_WRITTEN = (*_FILTERS, "sort", "cursor", "shown")


@dataclass(frozen=True)
class TableAddress:
    """An address that was read; `unclear` are the names in it whose values meant nothing."""

    path: str
    choices: TableChoices
    place: Place | None
    zone: ZoneInfo
    unclear: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are on, as they are written."""
        given = {name: getattr(self.choices, name) for name in _FILTERS}
        return {name: str(value) for name, value in given.items() if value}

    def link(self, **changes: str | int | None) -> str:
        """The table with something else chosen, from its beginning; None takes a choice away."""
        kept: dict[str, Any] = {**self.chosen, "sort": self.choices.sort, **changes}
        if kept["sort"] == OrderSort.NEWEST:
            kept["sort"] = None
        query = urlencode({name: kept[name] for name in _WRITTEN if kept.get(name)})
        return f"{self.path}?{query}" if query else self.path

    @property
    def wanted(self) -> OrderFilter:
        """The filters as a query takes them; days are those of the shop."""
        chosen = self.choices
        return OrderFilter(
            chosen.status,
            chosen.payment_status,
            chosen.customer_id,
            _beginning(chosen.date_from, self.zone),
            _end(chosen.date_to, self.zone),
            chosen.search,
        )

    @property
    def query(self) -> str:
        """The same filters as the JSON routes take them, whose days would be those of UTC."""
        wanted = self.wanted
        moments = {
            "date_from": wanted.placed_from and _written(wanted.placed_from),
            "date_to": wanted.placed_before and _written(wanted.placed_before - _MOMENT),
        }
        return urlencode({name: moments.get(name) or value for name, value in self.chosen.items()})


def read_address(path: str, given: Mapping[str, str], zone: ZoneInfo) -> TableAddress:
    """The address, without whatever in it has no meaning; fields of a form that were left empty are none."""
    texts = {name: text.strip() for name, text in given.items() if text.strip() or name == "shown"}
    unclear: list[str] = []
    try:
        choices = TableChoices.model_validate(texts)
    except ValidationError as error:
        unclear = sorted({str(part["loc"][0]) for part in error.errors()})
        choices = TableChoices.model_validate(
            {name: text for name, text in texts.items() if name not in unclear}
        )
    place = None
    if choices.cursor is not None:
        try:
            place = read_place(choices.cursor, choices.sort)
        except RequestValidationError:
            unclear.append("cursor")
            choices = choices.model_copy(update={"cursor": None})
    return TableAddress(path, choices, place, zone, unclear)


def _beginning(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else Period(day, day, zone).borders[0]


def _end(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else Period(day, day, zone).borders[-1]


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
