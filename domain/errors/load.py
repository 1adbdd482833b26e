"""What cannot be done now: too much at a time, or a part that does not answer."""

from domain.errors.kinds import TooManyRequests, Unavailable


class RateLimited(TooManyRequests):
    code = "rate_limited"


class Overloaded(Unavailable):
    """More comes in than can be done; `retry_after` is when it makes sense to come back, in seconds."""

    code = "overloaded"


class EngineUnavailable(Unavailable):
    code = "engine_unavailable"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


class PaymentProviderUnavailable(Unavailable):
    code = "payment_provider_unavailable"
