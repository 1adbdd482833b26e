"""What a shopper has chosen so far at the checkout, carried in the address.

Nothing is stored for it: reload, back and a second tab then do what the browser shows.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from api.schemas.base import MAX_ID

_MAX_CODE = 40


@dataclass(frozen=True)
class Choice:
    """Addresses by their ids in the address book; no billing address is the shipping address."""

    shipping: int | None = None
    billing: int | None = None
    method: str | None = None

    @property
    def query(self) -> str:
        """The choice as the query of an address."""
        chosen = {"shipping": self.shipping, "billing": self.billing, "method": self.method}
        return urlencode({name: value for name, value in chosen.items() if value is not None})


def read_choice(request: Request) -> Choice:
    """The choice in a request's address; what makes no sense was not chosen."""
    query = request.query_params
    method = query.get("method", "")
    return Choice(
        shipping=_id(query.get("shipping", "")),
        billing=None if query.get("same") else _id(query.get("billing", "")),
        method=method if method.isprintable() and 0 < len(method) <= _MAX_CODE else None,
    )


def _id(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0
    return number if 0 < number <= MAX_ID else None
