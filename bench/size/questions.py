"""What a vendor's people ask of their orders, as the desk asks it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from api.cookies import DESK
from api.tokens import Audience, Claims, Tokens
from bench.storefront import UnexpectedAnswer

VENDOR, USER = 1, 1
_API = "/api/v1/vendor"
_LIST = f"{_API}/orders?limit=50"


@dataclass(frozen=True)
class Question:
    """Something to ask for, and how soon the answer should be there: milliseconds, in the middle."""

    name: str
    path: str
    aim: float | None = 15


class Asker:
    """Somebody of the first vendor's at one API, over one connection."""

    def __init__(self, client: aiohttp.ClientSession, api_url: str, tokens: Tokens) -> None:
        self._client = client
        self._url = api_url
        token = tokens.issue(Audience.VENDOR, Claims(USER, VENDOR, "owner"))
        # The cookie is for pages.
        self.headers = {"Authorization": f"Bearer {token}", "Cookie": f"{DESK.caller}={token}"}

    async def ask(self, path: str) -> bytes:
        """The whole answer. Raises UnexpectedAnswer."""
        async with self._client.get(f"{self._url}{path}", headers=self.headers) as answer:
            body = await answer.read()
            if answer.status != 200:
                raise UnexpectedAnswer(f"{path}: {answer.status} {body[:200]!r}")
            return body

    async def orders(self, path: str) -> tuple[list[dict[str, Any]], str]:
        """A list, and the path of its next page."""
        async with self._client.get(f"{self._url}{path}", headers=self.headers) as answer:
            if answer.status != 200:
                raise UnexpectedAnswer(f"{path}: {answer.status}")
            following = answer.links["next"]["url"] if "next" in answer.links else URL()
            return await answer.json(), URL(following).path_qs

    async def questions(self, orders: int) -> list[Question]:
        """All questions, about the first vendor's orders, of which there are so many."""
        [newest], _ = await self.orders(f"{_API}/orders?limit=1")
        [old], _ = await self.orders(
            f"{_API}/orders?limit=1&skip={min(50_000, orders // 2)}&status=delivered"
        )
        _, deep = await self.orders(f"{_API}/orders?limit=1&skip={min(9_999, orders - 100)}")
        deep = deep.replace("limit=1&", "limit=50&")
        customer, week = old["customer"]["id"], _week(old["created_at"])
        today = date.today()  # noqa: DTZ011 -- any day near the newest orders
        period = f"date_from={today - timedelta(days=89)}&date_to={today}"
        [ancient], _ = await self.orders(f"{_API}/orders?limit=1&sort=oldest&skip={min(99_999, orders // 4)}")
        last_name, old_number = newest["customer"]["last_name"], ancient["order_number"]
        listed = {
            "list, newest": "",
            "list, page 10,000 deep": None,
            "list, delivered": "&status=delivered",
            "list, processing": "&status=processing",
            "list, cancelled": "&status=cancelled",
            "list, refunded": "&payment_status=refunded",
            "list, delivered and refunded": "&status=delivered&payment_status=refunded",
            "list, one customer": f"&customer_id={customer}",
            "list, a week long ago": week,
            "list, cancelled in that week": f"{week}&status=cancelled",
            "list, oldest": "&sort=oldest",
            "list, highest": "&sort=highest",
            "list, lowest": "&sort=lowest",
            "list, processing, highest": "&status=processing&sort=highest",
            "list, refunded, lowest": "&payment_status=refunded&sort=lowest",
            "search, first name": "&search=anna",
            "search, beginning of a name": "&search=mar",
            "search, two names": f"&search=anna+{last_name[:3]}",
            "search, order number": f"&search={newest['order_number']}",
            "search, end of a number": f"&search={newest['order_number'][-5:]}",
            "search, e-mail address": f"&search={old['customer']['email']}",
            "search, nothing found": "&search=nobodyiscalledso",
            "search, first name, delivered": "&search=anna&status=delivered",
            "search, first name, oldest": "&search=anna&sort=oldest",
            "search, first name, highest": "&search=anna&sort=highest",
            # What is typed of an order's number before it is whole; no newer order begins like it.
            "search, a month long ago": f"&search={old_number[:-8]}",
            "search, a year": f"&search={old_number[:-10].rpartition('-')[2]}",
        }
        counted = {
            "counts": "",
            "counts, refunded": "payment_status=refunded",
            "counts, a week long ago": week[1:],
            "counts, one customer": f"customer_id={customer}",
            "counts, first name": "search=anna",
            "counts, end of a number": f"search={newest['order_number'][-5:]}",
            "counts, beginning of all numbers": f"search={newest['order_number'][:4]}",
        }
        return [
            Question("bare: /healthz", "/healthz", None),
            *(Question(name, deep if asked is None else _LIST + asked) for name, asked in listed.items()),
            *(Question(name, f"{_API}/orders/counts?{asked}") for name, asked in counted.items()),
            Question("desk: order table", "/vendor/orders", 30),
            Question("desk: order table, first name", "/vendor/orders?search=anna", 30),
            Question("desk: one order", f"/vendor/orders/{old['id']}", 30),
            Question("one order, delivered", f"{_API}/orders/{old['id']}"),
            Question("analytics, 90 days", f"{_API}/analytics?{period}", 300),
        ]


def _week(moment: str) -> str:
    end = datetime.fromisoformat(moment).astimezone(UTC).date()
    return f"&date_from={end - timedelta(days=6)}&date_to={end}"
