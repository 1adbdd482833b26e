"""What customers and banks decide, decided by the controls: for tests that do not want to wait for it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.stripe_sandbox import capture, debits, dispute_outcomes, refund_outcomes
from local.stripe_sandbox.call import Call
from local.stripe_sandbox.confirmation import authenticate
from local.stripe_sandbox.dispute_outcomes import Verdict
from local.stripe_sandbox.endpoint import Api
from local.stripe_sandbox.errors import refused
from local.stripe_sandbox.refund_outcomes import FailureReason, Outcome
from local.stripe_sandbox.store import JSON, visible

Handler = Callable[[Api, Request], Awaitable[Response]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


Wanted = TypeVar("Wanted", bound=_Body)


class Nothing(_Body):
    """No choice to make."""


class Authentication(_Body):
    """The customer passes the challenge, or approves the payment at the bank."""

    outcome: Literal["succeed", "fail"]


class DebitSettlement(_Body):
    """The bank pays a debit or fails it with a code; `submit` only makes it too late to cancel."""

    outcome: Literal["succeed", "fail", "submit"]
    failure_code: str | None = None


class RefundBehaviour(_Body):
    """What becomes of the later refunds of a payment; see `refund_outcomes.Outcome`."""

    outcome: Outcome
    failure_reason: FailureReason | None = None


class RefundDecision(_Body):
    """A pending refund arrives; a pending or succeeded one comes back."""

    outcome: Literal["succeed", "fail"]
    failure_reason: FailureReason | None = None


class NewDispute(_Body):
    """The holder disputes `amount` minor units, everything captured by default."""

    reason: str = "fraudulent"
    inquiry: bool = False
    amount: Annotated[int, Field(ge=1)] | None = None


class DisputeVerdict(_Body):
    """A dispute is won or lost; an inquiry is closed or becomes a dispute."""

    outcome: Verdict


def _authenticate(call: Call, identifier: str, wanted: Authentication) -> JSON:
    intent = call.load("payment_intent", identifier)
    authenticate(call, intent, succeeds=wanted.outcome == "succeed")
    return intent


def _settle(call: Call, identifier: str, wanted: DebitSettlement) -> JSON:
    intent = call.load("payment_intent", identifier)
    if wanted.outcome == "submit":
        debits.submit(call, intent)
    else:
        debits.settle(call, intent, succeeds=wanted.outcome == "succeed", failure_code=wanted.failure_code)
    return call.load("payment_intent", identifier)


def _expire(call: Call, identifier: str, _: Nothing) -> JSON:
    intent = call.load("payment_intent", identifier)
    capture.expire(call, intent)
    return intent


def _set_refunds(call: Call, identifier: str, wanted: RefundBehaviour) -> JSON:
    intent = call.load("payment_intent", identifier)
    intent["_sandbox"]["refunds"] = wanted.model_dump()
    call.store.save(intent)
    return intent


def _dispute(call: Call, identifier: str, wanted: NewDispute) -> JSON:
    intent = call.load("payment_intent", identifier)
    if intent["latest_charge"] is None:
        raise refused(f"PaymentIntent {identifier} has no charge to dispute.")
    charge = call.load("charge", intent["latest_charge"])
    status = "warning_needs_response" if wanted.inquiry else "needs_response"
    if charge["payment_method_details"]["type"] != "card":
        status = "lost"
    amount = min(wanted.amount or charge["amount_captured"], charge["amount_captured"])
    return dispute_outcomes.open_dispute(call, charge, reason=wanted.reason, status=status, amount=amount)


def _decide_dispute(call: Call, identifier: str, wanted: DisputeVerdict) -> JSON:
    dispute = call.load("dispute", identifier)
    dispute_outcomes.decide(call, dispute, wanted.outcome)
    return dispute


def _decide_refund(call: Call, identifier: str, wanted: RefundDecision) -> JSON:
    refund = call.load("refund", identifier)
    refund_outcomes.decide(
        call, refund, succeeds=wanted.outcome == "succeed", failure_reason=wanted.failure_reason
    )
    return refund


def decide_authentication(api: Api, identifier: str, *, succeeds: bool) -> JSON:
    """Pass or fail the challenge of a PaymentIntent; answers its new state.

    Raises `StripeError` when there is none or it does not wait for one.
    """
    wanted = Authentication(outcome="succeed" if succeeds else "fail")
    return _applied(api, lambda call: _authenticate(call, identifier, wanted))


def _applied(api: Api, effect: Callable[[Call], JSON]) -> JSON:
    changed: list[JSON] = []
    api.act(lambda call: changed.append(effect(call)))
    return changed[0]


def _control(model: type[Wanted], effect: Callable[[Call, str, Wanted], JSON]) -> Handler:
    async def handler(api: Api, request: Request) -> Response:
        wanted = model.model_validate_json(await request.body() or b"{}")
        identifier = request.path_params["identifier"]
        return JSONResponse(visible(_applied(api, lambda call: effect(call, identifier, wanted))))

    return handler


OUTCOMES: dict[str, Handler] = {
    "/_sandbox/payment_intents/{identifier}/authenticate": _control(Authentication, _authenticate),
    "/_sandbox/payment_intents/{identifier}/settle": _control(DebitSettlement, _settle),
    "/_sandbox/payment_intents/{identifier}/expire": _control(Nothing, _expire),
    "/_sandbox/payment_intents/{identifier}/refunds": _control(RefundBehaviour, _set_refunds),
    "/_sandbox/payment_intents/{identifier}/dispute": _control(NewDispute, _dispute),
    "/_sandbox/disputes/{identifier}/decide": _control(DisputeVerdict, _decide_dispute),
    "/_sandbox/refunds/{identifier}/decide": _control(RefundDecision, _decide_refund),
}
