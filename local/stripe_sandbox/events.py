"""Events: what happened, with the object as it was, and the webhook deliveries they cause."""

import time

from local.stripe_sandbox.faults import Faults
from local.stripe_sandbox.store import JSON, Store, new_id, visible

API_VERSION = "2026-10-28.endive"


def emit(
    store: Store,
    faults: Faults,
    *,
    url: str | None,
    kind: str,
    subject: JSON,
    previous: JSON | None,
    request: JSON,
) -> None:
    """Store an event and its deliveries, in the transaction that made it true."""
    data: JSON = {"object": visible(subject)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: JSON = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0 if url is None else 1,
        "request": request,
        "type": kind,
    }
    store.insert(event)
    if url is not None:
        _queue(store, faults, event, url)


def _queue(store: Store, faults: Faults, event: JSON, url: str) -> None:
    now = time.time()
    fault = faults.match_webhook(event["type"])
    state, copies, delay = "pending", 1, 0.0
    if fault is not None:
        state = "lost" if fault.kind == "lost" else "pending"
        copies = 2 if fault.kind == "doubled" else 1
        # Reordered holds back every other event it matches, so that its successor overtakes it.
        held = fault.kind == "delayed" or (fault.kind == "reordered" and fault.fired % 2 == 1)
        delay = fault.seconds if held else 0.0
    for _ in range(copies):
        store.execute(
            "INSERT INTO deliveries (event, type, url, state, created, next_at) VALUES (?, ?, ?, ?, ?, ?)",
            (event["id"], event["type"], url, state, now, now + delay if state == "pending" else None),
        )


def with_pending_webhooks(store: Store, event: JSON) -> JSON:
    """The event with the number of deliveries still owed."""
    [row] = store.rows(
        "SELECT count(*) AS pending FROM deliveries WHERE event = ? AND state = 'pending'", (event["id"],)
    )
    return {**event, "pending_webhooks": row["pending"]}
