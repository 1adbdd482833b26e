"""Errors in the shape and with the codes Stripe documents (https://docs.stripe.com/api/errors)."""

from collections.abc import Iterable, Mapping
from typing import Any


class StripeError(Exception):
    """An answer that is an error: HTTP status, type, code and what Stripe puts beside them.

    Answers of this class are kept under the idempotency key, as Stripe keeps every answer of an endpoint
    whose execution began (https://docs.stripe.com/api/idempotent_requests).
    """

    kept = True

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.code = code
        self.param = param
        self.extra = dict(extra or {})

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON answer."""
        error: dict[str, Any] = {"type": self.kind, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        error.update(self.extra)
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


class RefusedRequestError(StripeError):
    """A request refused before the endpoint began; nothing is kept under its idempotency key."""

    kept = False


def invalid(message: str, *, code: str | None = None, param: str | None = None) -> RefusedRequestError:
    """A parameter Stripe does not accept."""
    return RefusedRequestError(400, "invalid_request_error", message, code=code, param=param)


def parameter_unknown(name: str) -> RefusedRequestError:
    """A parameter that the endpoint does not have."""
    return invalid(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def parameter_missing(name: str) -> RefusedRequestError:
    """A required parameter left out."""
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def refused(message: str, *, code: str | None = None, param: str | None = None) -> StripeError:
    """A well-formed request that the state of things does not allow."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param)


def resource_missing(noun: str, identifier: str, *, param: str = "id", in_path: bool = False) -> StripeError:
    """No such object: 404 when the path names it, 400 when a parameter does."""
    return StripeError(
        404 if in_path else 400,
        "invalid_request_error",
        f"No such {noun}: '{identifier}'",
        code="resource_missing",
        param=param,
    )


def unexpected_state(message: str, payment_intent: Mapping[str, Any]) -> StripeError:
    """The PaymentIntent is in a status that does not allow the call."""
    return StripeError(
        400,
        "invalid_request_error",
        message,
        code="payment_intent_unexpected_state",
        extra={"payment_intent": payment_intent},
    )


def status_refusal(
    verb: str, participle: str, payment_intent: Mapping[str, Any], allowed: Iterable[str]
) -> StripeError:
    """Stripe's sentence for a PaymentIntent that cannot be confirmed, captured or canceled any more."""
    return unexpected_state(
        f"You cannot {verb} this PaymentIntent because it has a status of {payment_intent['status']}. Only a "
        f"PaymentIntent with one of the following statuses may be {participle}: {', '.join(allowed)}.",
        payment_intent,
    )


def unauthenticated(message: str) -> RefusedRequestError:
    """No key, or a wrong one."""
    return RefusedRequestError(401, "invalid_request_error", message)


def secret_key_required() -> RefusedRequestError:
    """A publishable key used where only the secret key may act."""
    return RefusedRequestError(
        403,
        "invalid_request_error",
        "This API call cannot be made with a publishable API key. Please use a secret API key.",
        code="secret_key_required",
    )


def idempotency_mismatch(key: str) -> RefusedRequestError:
    """The key was first used with other parameters or on another endpoint."""
    return RefusedRequestError(
        400,
        "idempotency_error",
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
    )


def idempotency_key_in_use(key: str) -> RefusedRequestError:
    """The first request with this key has not been answered yet."""
    return RefusedRequestError(
        409,
        "idempotency_error",
        "There is currently another in-progress request using this Idempotent Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}.",
        code="idempotency_key_in_use",
    )


def rate_limited() -> RefusedRequestError:
    """Too many requests."""
    return RefusedRequestError(
        429,
        "invalid_request_error",
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
    )


def server_error() -> StripeError:
    """Something went wrong on Stripe's end."""
    return StripeError(500, "api_error", "An unknown error occurred.")
