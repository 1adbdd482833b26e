"""Limits on requests that anybody may make, by the caller's address."""

from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import DatabaseDep, SettingsDep
from api.signing_in import caller_address, keyed_hash
from db.queries import sign_in_attempts
from db.session import Database
from domain.request_limits import Limit, check_request


class RequestLimits:
    """Counts requests beside the attempts to sign in, and like them under keyed hashes only."""

    def __init__(self, database: Database, secret: bytes, address: str) -> None:
        self._database = database
        self._secret = secret
        self._address = address

    async def check(self, what: str, *, from_address: int, person: Limit | None = None) -> None:
        """Count one request for `what`, from this address and about a person. Raises RateLimited.

        Counted beforehand, so that requests made at the same time are counted too.
        """
        limits = [Limit(f"{what}@{self._address}", from_address)]
        if person is not None:
            limits.append(Limit(f"{what}:{person.subject}", person.most))
        keys = {keyed_hash(self._secret, limit.subject): limit for limit in limits}
        async with self._database.platform() as session:
            counted = await sign_in_attempts.count_attempt(session, keys=list(keys))
        for key, limit in keys.items():
            check_request(limit, count=counted[key].count, seconds_left=counted[key].seconds_left)


async def _limits(request: Request, database: DatabaseDep, settings: SettingsDep) -> RequestLimits:
    secret = settings.jwt_secret.get_secret_value().encode()
    return RequestLimits(database, secret, caller_address(request))


RequestLimitsDep = Annotated[RequestLimits, Depends(_limits)]
