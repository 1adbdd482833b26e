"""List answers: newest first, paged by `starting_after` and `ending_before` as Stripe does."""

import json
from typing import Any

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import resource_missing
from local.stripe_sandbox.store import JSON

_FILTERS = {
    "payment_intent": "payment_intent",
    "charge": "charge",
    "customer": "json_extract(body, '$.customer')",
    "transfer_group": "json_extract(body, '$.transfer_group')",
}
_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page(call: Call, kind: str, url: str, *, where: str = "1", values: tuple[Any, ...] = ()) -> JSON:
    """One page of the objects of a kind, filtered by `created` and the given condition.

    Raises `StripeError` `resource_missing` when the cursor names no such object.
    """
    conditions, arguments = ["object = ?", where], [kind, *values]
    for name, operator in _BOUNDS.items():
        if name in call.params.get("created", {}):
            conditions.append(f"created {operator} ?")
            arguments.append(call.params["created"][name])
    backwards = "ending_before" in call.params
    cursor = "ending_before" if backwards else "starting_after"
    if cursor in call.params:
        conditions.append(f"sequence {'>' if backwards else '<'} ?")
        arguments.append(_position(call, kind, call.params[cursor], cursor))
    limit = call.params.get("limit", 10)
    rows = call.store.rows(
        f"SELECT body FROM objects WHERE {' AND '.join(conditions)} "  # noqa: S608 -- conditions are literals
        f"ORDER BY sequence {'ASC' if backwards else 'DESC'} LIMIT ?",
        (*arguments, limit + 1),
    )
    data = [json.loads(row["body"]) for row in rows[:limit]]
    if backwards:
        data.reverse()
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def filtered(call: Call, kind: str, url: str) -> JSON:
    """One page of a kind, filtered by `payment_intent`, `charge` and what else of `_FILTERS` is given."""
    names = [name for name in _FILTERS if name in call.params]
    where = " AND ".join(f"{_FILTERS[name]} = ?" for name in names) or "1"
    return page(call, kind, url, where=where, values=tuple(call.params[name] for name in names))


def _position(call: Call, kind: str, identifier: str, param: str) -> int:
    rows = call.store.rows("SELECT sequence FROM objects WHERE id = ? AND object = ?", (identifier, kind))
    if not rows:
        raise resource_missing(kind, identifier, param=param)
    return int(rows[0]["sequence"])
