"""Reading events back."""

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.errors import invalid
from local.stripe_sandbox.events import with_pending_webhooks
from local.stripe_sandbox.lists import page
from local.stripe_sandbox.store import JSON

_OWED = "EXISTS (SELECT 1 FROM deliveries d WHERE d.event = objects.id AND d.state IN ('pending', 'failed'))"


def retrieve(call: Call, identifier: str) -> JSON:
    """`GET /v1/events/{id}`."""
    return with_pending_webhooks(call.store, call.load("event", identifier))


def list_all(call: Call) -> JSON:
    """`GET /v1/events`, filtered by `type` (`*` matches any rest), `types` or `delivery_success`."""
    conditions = ["1"]
    values: list[str] = []
    if "type" in call.params and "types" in call.params:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    wanted = call.params.get("types") or ([call.params["type"]] if "type" in call.params else [])
    if wanted:
        conditions.append("(" + " OR ".join("type GLOB ?" for _ in wanted) + ")")
        values.extend(wanted)
    if "delivery_success" in call.params:
        conditions.append(f"NOT {_OWED}" if call.params["delivery_success"] else _OWED)
    answer = page(call, "event", "/v1/events", where=" AND ".join(conditions), values=tuple(values))
    answer["data"] = [with_pending_webhooks(call.store, event) for event in answer["data"]]
    return answer
