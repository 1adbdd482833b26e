"""Amounts in JSON: exact decimals that are written as numbers with two decimals."""

import json
import re
from decimal import Decimal
from operator import itemgetter
from typing import Annotated

from fastapi.responses import JSONResponse
from pydantic import Field, PlainSerializer, WithJsonSchema

# Pydantic can write a Decimal as a string only, and a float would drop the last zero. So an amount is a
# string with a mark until the body is text; the mark is a Unicode noncharacter, which no input may contain.
MARK = "\ufdd0"
_MARKED = re.compile(f'"{MARK}(-?[0-9]+\\.[0-9]{{2}})"'.encode())

_NUMBER_OF = itemgetter(1)  # half as long as a template takes for each of them


def marked(amount: Decimal) -> str:
    """The amount as the string that `unmark` turns into a JSON number with two decimals."""
    return f"{MARK}{amount:.2f}"


def unmark(json_text: bytes) -> bytes:
    """JSON in which what `marked` made of amounts has become numbers like `19.90`."""
    return _MARKED.sub(_NUMBER_OF, json_text)


def render(content: object) -> bytes:
    """`content` as UTF-8 JSON with its amounts as numbers."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return unmark(text.encode())


class AmountJSONResponse(JSONResponse):
    """JSON whose amounts are numbers with two decimals."""

    def render(self, content: object) -> bytes:
        return render(content)


_NUMBER = {"type": "number", "multipleOf": 0.01, "examples": [19.9]}

# An amount or percentage in an answer.
Amount = Annotated[
    Decimal, PlainSerializer(marked, return_type=str, when_used="json"), WithJsonSchema(_NUMBER)
]

# An amount in a request: a JSON number or a string, not negative, at most two decimals.
GivenAmount = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema({**_NUMBER, "minimum": 0}),
]
