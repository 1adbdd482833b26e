"""What a failed call to Stripe means for an order."""

import stripe

from domain.errors import DomainError, PaymentProviderUnavailable, PaymentRefused, Unavailable

_LONGEST_WAIT = 3600


def as_domain_error(error: stripe.StripeError) -> DomainError:
    """Tell what can never succeed from what may (https://docs.stripe.com/error-low-level).

    A 400, 402 or 404 refuses the request itself. No answer, 409, 424, 429 and 5xx leave it open. 401 and 403
    are about our key: the customer's order waits until somebody mends it. Stripe's own sentence is left out;
    it may quote what was sent.
    """
    code = _code(error)
    if _is_refusal(error):
        return PaymentRefused("The payment provider refused the request.", provider_code=code)
    if error.http_status in {401, 403}:
        return PaymentProviderUnavailable(
            "The payment provider does not accept our key.", provider_code=code, attention=True
        )
    retry_after = _retry_after(error)
    if retry_after is not None:
        return PaymentProviderUnavailable(
            "The payment provider asks to be called later.", provider_code=code, retry_after=retry_after
        )
    if isinstance(error, stripe.APIConnectionError):
        return PaymentProviderUnavailable(f"The payment provider did not answer ({error.user_message}).")
    return PaymentProviderUnavailable(
        f"The payment provider answered {error.http_status}.", provider_code=code
    )


def unsettled(what: str) -> Unavailable:
    """The outcome of `what` is not known and asking again brings back the same server error for a day."""
    return PaymentProviderUnavailable(
        f"The payment provider keeps answering with the server error that met {what}.", attention=True
    )


def is_replayed_server_error(error: stripe.StripeError) -> bool:
    """Whether this 5xx was kept under the idempotency key, so that the key brings nothing else.

    API v1 keeps 500s too (https://docs.stripe.com/api/idempotent_requests); a 5xx from before the endpoint
    began is not kept, and the first of a kept one is not marked as replayed.
    """
    return _status(error) >= 500 and _header(error, "idempotent-replayed") == "true"


def is_unexpected_state(error: stripe.StripeError) -> bool:
    """Whether the PaymentIntent's status did not allow the call."""
    return _status(error) == 400 and _code(error) == "payment_intent_unexpected_state"


def _is_refusal(error: stripe.StripeError) -> bool:
    # Rate limits have also come as a 400.
    return error.http_status in {400, 402, 404} and not isinstance(error, stripe.RateLimitError)


def _status(error: stripe.StripeError) -> int:
    return error.http_status or 0


def _code(error: stripe.StripeError) -> str | None:
    """Stripe's error code, or the type of an error that has none."""
    body = error.json_body
    details = body.get("error") if isinstance(body, dict) else None
    if not isinstance(details, dict):
        return error.code
    return details.get("code") or details.get("type")


def _header(error: stripe.StripeError, name: str) -> str:
    return (error.headers or {}).get(name, "")


def _retry_after(error: stripe.StripeError) -> int | None:
    given = _header(error, "retry-after")
    return min(int(given), _LONGEST_WAIT) if given.isascii() and given.isdigit() else None
