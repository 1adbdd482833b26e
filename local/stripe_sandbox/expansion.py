"""`expand[]`: ids in an answer replaced by the objects they name."""

import json

from local.stripe_sandbox.errors import invalid
from local.stripe_sandbox.store import JSON, Store

_EXPANDABLE = {
    "payment_intent": {"customer", "latest_charge", "payment_method"},
    "charge": {"balance_transaction", "customer", "failure_balance_transaction", "payment_intent", "refunds"},
    "refund": {"balance_transaction", "charge", "customer", "failure_balance_transaction", "payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "mandate": {"payment_method"},
    "balance_transaction": {"source"},
}


def expanded(store: Store, body: JSON, paths: list[str]) -> JSON:
    """The answer with every path (`latest_charge.balance_transaction`, `data.payment_method`) expanded.

    Raises `RefusedRequestError` 400 for a property that cannot be expanded.
    """
    for path in paths:
        _expand(store, body, path.split("."), path)
    return body


def _expand(store: Store, body: JSON, parts: list[str], path: str) -> None:
    if not parts:
        return
    if body.get("object") == "list":
        if parts[0] != "data":
            raise _refusal(path)
        for entry in body["data"]:
            _expand(store, entry, parts[1:], path)
        return
    name = parts[0]
    if name not in _EXPANDABLE.get(body.get("object", ""), ()):
        raise _refusal(path)
    if name == "refunds":
        body["refunds"] = _refunds(store, body)
    elif isinstance(body.get(name), str):
        body[name] = store.get(body[name])
    if isinstance(body.get(name), dict):
        _expand(store, body[name], parts[1:], path)


def _refunds(store: Store, charge: JSON) -> JSON:
    rows = store.rows(
        "SELECT body FROM objects WHERE charge = ? AND object = 'refund' ORDER BY sequence DESC LIMIT 11",
        (charge["id"],),
    )
    return {
        "object": "list",
        "data": [json.loads(row["body"]) for row in rows[:10]],
        "has_more": len(rows) > 10,
        "url": f"/v1/charges/{charge['id']}/refunds",
    }


def _refusal(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
