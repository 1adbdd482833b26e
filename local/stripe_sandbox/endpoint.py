"""One API call from HTTP to HTTP: key, faults, idempotency, parameters, effect, answer."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from local.stripe_sandbox.call import Call
from local.stripe_sandbox.configuration import Configuration
from local.stripe_sandbox.connection import dropped
from local.stripe_sandbox.errors import RefusedRequestError, StripeError, rate_limited, server_error
from local.stripe_sandbox.events import API_VERSION
from local.stripe_sandbox.expansion import expanded
from local.stripe_sandbox.faults import Fault, Faults
from local.stripe_sandbox.idempotency import IdempotencyKeys, KeptAnswer, fingerprint
from local.stripe_sandbox.keys import authenticate, require_secret
from local.stripe_sandbox.parameters import Schema, decode
from local.stripe_sandbox.publishable import restricted
from local.stripe_sandbox.store import JSON, Store, random_text, visible

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path of the API; `publishable` ones may be called from a browser."""

    method: str
    path: str
    handler: Callable[..., JSON]
    schema: Schema
    publishable: bool = False


class Api:
    """Answers the calls of every endpoint, one transaction each."""

    def __init__(self, configuration: Configuration, store: Store, changed: Callable[[], None]) -> None:
        self.configuration = configuration
        self.store = store
        self.faults = Faults(store, configuration.seed)
        self.keys = IdempotencyKeys(store)
        self._changed = changed

    def call(self) -> Call:
        """A call of the sandbox itself: a job, or the customer on the 3-D Secure page."""
        return Call(self.store, self.configuration, self.faults)

    def act(self, effect: Callable[[Call], None]) -> None:
        """Do something outside the API in one transaction."""
        with self.store.transaction():
            effect(self.call())
        self._changed()

    async def answer(self, endpoint: Endpoint, request: Request) -> Response:
        """The HTTP answer, an error in Stripe's shape included."""
        request_id = f"req_{random_text(14)}"
        key = request.headers.get("idempotency-key") if endpoint.method == "POST" else None
        fault: Fault | None = None
        try:
            raw = await _parameters(request)
            publishable = authenticate(request, raw, self.configuration)
            require_secret(publishable=publishable, allowed=endpoint.publishable)
            fault = self.faults.match_api(endpoint.method, request.url.path)
            _fail_before(fault)
            with self.keys.held(key):
                if fault is not None and fault.kind == "slow":
                    await asyncio.sleep(fault.seconds)
                call = Call(self.store, self.configuration, self.faults, request_id, key, publishable)
                kept, replayed = self._run(endpoint, request, call, raw, fault)
        except StripeError as error:
            kept, replayed = KeptAnswer(error.status, _written(error.body(request_id)), request_id), False
        except Exception:
            logger.exception("%s %s failed", endpoint.method, request.url.path)
            kept = KeptAnswer(500, _written(server_error().body(request_id)), request_id)
            replayed = False
        if fault is not None and fault.kind == "lost_answer":
            return await dropped(request)
        return _response(kept, fault, request_id, key, replayed=replayed)

    def _run(
        self, endpoint: Endpoint, request: Request, call: Call, raw: dict[str, Any], fault: Fault | None
    ) -> tuple[KeptAnswer, bool]:
        """The kept answer, or a new one, and whether it is a replay."""
        print_ = fingerprint(endpoint.method, request.url.path, raw)
        kept = self.keys.find(call.idempotency_key, print_)
        if kept is not None:
            return kept, True
        call.params = endpoint.schema.check(raw)
        failure = None
        if fault is not None and fault.kind == "error_500_after_effect":
            failure = _refusal(server_error(), call)
        remembered = failure if failure is not None and fault and fault.replay == "error" else None
        try:
            with self.store.transaction():
                answer = _execute(endpoint, request, call)
                self._keep(call, print_, remembered or answer)
        except RefusedRequestError:
            raise
        except StripeError as error:
            answer = _refusal(error, call)
            with self.store.transaction():
                self._keep(call, print_, remembered or answer)
        self._changed()
        return failure or answer, False

    def _keep(self, call: Call, print_: str, answer: KeptAnswer) -> None:
        if call.idempotency_key is not None:
            self.keys.keep(call.idempotency_key, print_, answer)


def _execute(endpoint: Endpoint, request: Request, call: Call) -> KeptAnswer:
    """Run the handler. A declined card is an answer whose effect stays; other errors undo what was begun."""
    try:
        body = endpoint.handler(call, **request.path_params)
    except StripeError as error:
        if error.status != 402:
            raise
        return _refusal(error, call)
    body = expanded(call.store, body, call.params.get("expand", []))
    if call.publishable:
        body = restricted(body)
    return KeptAnswer(200, _written(body), call.request_id or "")


def _refusal(error: StripeError, call: Call) -> KeptAnswer:
    request_id = call.request_id or ""
    body = error.body(request_id)
    return KeptAnswer(error.status, _written(restricted(body) if call.publishable else body), request_id)


async def _parameters(request: Request) -> dict[str, Any]:
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    if request.method == "POST":
        pairs += parse_qsl((await request.body()).decode(), keep_blank_values=True)
    return decode(pairs)


def _fail_before(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault.kind == "rate_limit_429":
        raise rate_limited()
    if fault.kind == "error_500":
        raise server_error()


def _written(body: JSON) -> str:
    return json.dumps(visible(body))


def _response(
    kept: KeptAnswer, fault: Fault | None, request_id: str, key: str | None, *, replayed: bool
) -> Response:
    headers = {
        "Request-Id": request_id,
        "Stripe-Version": API_VERSION,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Request-Id, Stripe-Should-Retry",
        "Cache-Control": "no-cache, no-store",
    }
    if key is not None:
        headers["Idempotency-Key"] = key
        headers["Original-Request"] = kept.request_id
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    if kept.status == 429 and fault is not None:
        headers["Retry-After"] = f"{fault.seconds:g}"
    if kept.status == 500 and key is not None:
        # Whether the same key would bring another answer: https://docs.stripe.com/error-low-level
        kept_for_good = replayed or (fault is not None and fault.kind == "error_500_after_effect")
        headers["Stripe-Should-Retry"] = "false" if kept_for_good else "true"
    return Response(kept.body, kept.status, headers, media_type="application/json")
